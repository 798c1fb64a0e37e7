"""The pages rerun in the reader's own browser: a runtime that is fetched, checked and served."""
