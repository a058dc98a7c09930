"""What tokens cost under a softmax over a vocabulary, and its gradient, which reads the logits a few times less."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from model import products


def nats_of(features: Tensor, weight: Tensor, bias: Tensor, tokens: Tensor) -> Tensor:
    """Nats of tokens [n], of logits from features [n, width], weight [vocab, width] and bias [vocab]: [n], float32."""
    if torch.is_grad_enabled() and products.trains_in_bfloat16(features):
        nats: Tensor = _Nats.apply(features, weight, bias, tokens)  # type: ignore[no-untyped-call]
        return nats
    logits = nn.functional.linear(features, weight, bias)
    return nn.functional.cross_entropy(logits.float(), tokens, reduction="none")


class _Nats(torch.autograd.Function):
    """Between the two passes it keeps probabilities, in bfloat16: what the gradient of the logits is made of."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, tokens: Tensor) -> Tensor:
        features, weight = features.bfloat16(), weight.bfloat16()
        logits = products.multiply(features, weight, bias.bfloat16())
        logs = torch.log_softmax(logits, dim=-1, dtype=torch.float32)
        nats = -logs.gather(1, tokens[:, None])[:, 0]
        ctx.save_for_backward(features, weight, torch.softmax(logits, dim=-1), tokens)
        return nats

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_nats: Tensor) -> tuple[Tensor | None, ...]:
        features, weight, probabilities, tokens = ctx.saved_tensors
        d_logits = probabilities * d_nats[:, None].bfloat16()
        d_logits.scatter_add_(1, tokens[:, None], -d_nats[:, None].bfloat16())
        d_weight = d_logits.t() @ features
        return d_logits @ weight, d_weight.float(), d_logits.sum(0, dtype=torch.float32), None
