"""Evidence folds into results: the narrow waist between what is recorded and what is shown."""
