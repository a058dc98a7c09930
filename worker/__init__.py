"""Redis and RQ: the contract, the client, the generation worker, the training worker, model versions."""
