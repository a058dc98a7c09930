"""The language model: books, tokenizer, LSTM, training, evaluation, sampling. Never imports redis, rq or discord."""
