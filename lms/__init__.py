"""Padu: xAPI statements and classroom marks become evidence, evidence folds into results, pages read results."""
