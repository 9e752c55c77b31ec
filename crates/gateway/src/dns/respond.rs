//! Judging a question and picking its answer.
