"""Matrices packed for products with a few rows at a time, in one of three precisions.

`float32` is the reference. `bfloat16` reads half of its bytes. `int8` reads a quarter: weights have a scale for each
output, activations one for each row (Dettmers et al. 2022). Whole numbers add up exactly in any order, so in int8 a
row's product does not depend, to the last bit, on how many rows there are.

On a CPU the products are those of oneDNN, or in int8 without VNNI of fbgemm, the libraries that come with torch, with
weights in their own layouts (docs/model.md has the candidates and their figures).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

Precision = Literal["float32", "bfloat16", "int8"]
Product = Callable[[Tensor], Tensor]
"""x [rows, inputs], float32 → [rows, outputs], float32, bias included."""

STEPS = 127
"""Of a weight's or an activation's scale, on either side of 0."""
PAIR = 128
"""Steps of two weights side by side where their products are added up in 16 bits: 2 · STEPS · (PAIR + 1) fits."""
SIGN = 128
"""The bit by which signed and unsigned bytes differ."""
LEAST = 1e-8
"""Scale of a row of zeros."""


def fastest(device: str) -> Precision:
    """The precision in which products are fastest."""
    if device != "cpu":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    if torch.cpu._is_vnni_supported() or has_fbgemm():
        return "int8"
    return "bfloat16" if has_bfloat16() else "float32"


def has_bfloat16() -> bool:
    """Whether oneDNN multiplies in bfloat16 on this CPU."""
    return bool(torch._C._has_mkldnn and torch.ops.mkldnn._is_mkldnn_bf16_supported())


def has_fbgemm() -> bool:
    """Whether this torch multiplies bytes by fbgemm: an x86 CPU with AVX2."""
    return "fbgemm" in torch.backends.quantized.supported_engines


def trains_in_bfloat16(x: Tensor) -> bool:
    """Whether products with x are taken in bfloat16 on a CPU here, by autocast and oneDNN."""
    autocasts = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") is torch.bfloat16
    return autocasts and x.device.type == "cpu" and has_bfloat16()


def multiply(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """x [rows, inputs], weight [outputs, inputs] → [rows, outputs], once, on a CPU in bfloat16."""
    packed = torch.ops.mkldnn._reorder_linear_weight(weight, len(x))
    product: Tensor = torch.ops.mkldnn._linear_pointwise.default(x, packed, bias, "none", [], "")
    return product


def adding(weight: Tensor, rows: int) -> Callable[[Tensor, Tensor], Tensor]:
    """Many products of `rows` rows, on a CPU in bfloat16: x [rows, inputs], term [rows, outputs] → product + term."""
    packed = torch.ops.mkldnn._reorder_linear_weight(weight, rows)
    product = torch.ops.mkldnn._linear_pointwise.binary
    return lambda x, term: product(x, term, packed, None, "add")


def pack(weight: Tensor, bias: Tensor, precision: Precision, *, bounded: bool) -> Product:
    """A product with `weight` [outputs, inputs]; `bounded` promises that inputs lie between -1 and 1."""
    weight, bias = weight.detach().float(), bias.detach().float()
    if precision == "float32":
        return lambda x: nn.functional.linear(x, weight, bias)
    if precision == "bfloat16":
        return _bfloat16(weight, bias)
    return _int8(weight, bias) if bounded else _row_scaled(_int8(weight, None), bias)


def _bfloat16(weight: Tensor, bias: Tensor) -> Product:
    halved, half_bias = weight.bfloat16(), bias.bfloat16()
    if weight.device.type != "cpu" or not has_bfloat16():
        return lambda x: nn.functional.linear(x.bfloat16(), halved, half_bias).float()
    packed = torch.ops.mkldnn._reorder_linear_weight(halved, 1)
    multiply = torch.ops.mkldnn._linear_pointwise.default
    return lambda x: multiply(x.bfloat16(), packed, half_bias, "none", [], "").float()


def _int8(weight: Tensor, bias: Tensor | None) -> Product:
    """For inputs between -1 and 1, which are rounded to 1 / STEPS."""
    product = fbgemm_int8 if has_fbgemm() and not torch.cpu._is_vnni_supported() else _onednn_int8
    return product(weight, bias)


def _onednn_int8(weight: Tensor, bias: Tensor | None) -> Product:
    """Where all sums have 32 bits.

    A single row takes `_int_mm`, which costs 1 µs to call where oneDNN costs 14; more rows are faster in oneDNN, with
    unsigned bytes. Both give the same whole numbers.
    """
    rounded, scales = _rounded(weight, weight.abs().amax(dim=1) / STEPS)
    packed = torch.ops.onednn.qlinear_prepack(rounded, [1, weight.shape[1]])
    columns = rounded.t()
    ones, zeros = torch.ones(len(weight)), torch.zeros(len(weight), dtype=torch.int32)
    multiply = torch.ops.onednn.qlinear_pointwise.default
    scales /= STEPS

    def product(x: Tensor) -> Tensor:
        codes = (x * STEPS).round_().to(torch.int8)
        if len(codes) == 1:
            sums = torch._int_mm(codes, columns)
        else:
            codes = codes.view(torch.uint8).bitwise_xor_(SIGN)
            sums = multiply(codes, 1.0, SIGN, packed, ones, zeros, None, 1.0, 0, torch.float32, "none", [], "")
        return sums * scales if bias is None else torch.addcmul(bias, sums, scales)

    return product


def fbgemm_int8(weight: Tensor, bias: Tensor | None) -> Product:
    """By fbgemm, which without VNNI adds up the products of two inputs side by side in 16 bits."""
    sizes = weight.abs()
    pairs = nn.functional.pad(sizes, (0, sizes.shape[1] % 2)).view(len(sizes), -1, 2).sum(dim=2)
    rounded, scales = _rounded(weight, torch.maximum(sizes.amax(dim=1) / STEPS, pairs.amax(dim=1) / PAIR))
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = "fbgemm"
    with warnings.catch_warnings():
        # torch means to retire such tensors; constraints.txt pins a version that has them
        warnings.filterwarnings("ignore", message="torch.quantize_per_tensor", category=UserWarning)
        typed = torch._make_per_channel_quantized_tensor(rounded, scales, torch.zeros(len(scales), dtype=torch.long), 0)
    packed = torch.ops.quantized.linear_prepack(typed, bias)
    torch.backends.quantized.engine = before
    # `_op`, for what stands before it searches all arguments for Python objects, a fifth of a row's time
    multiply = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32.default._op
    return lambda x: multiply(x, 1 / STEPS, STEPS, packed)


def _rounded(weight: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
    """Weights [outputs, inputs] in steps of their output's scale, as int8, and the scales, none of them 0."""
    scales = scales.clamp(min=LEAST)
    return (weight / scales[:, None]).round_().to(torch.int8), scales


def _row_scaled(product: Product, bias: Tensor) -> Product:
    """For inputs of any size: each row is brought between -1 and 1."""

    def scaled(x: Tensor) -> Tensor:
        scale = x.abs().amax(dim=1, keepdim=True).clamp_(min=LEAST)
        return torch.addcmul(bias, product(x / scale), scale)

    return scaled
