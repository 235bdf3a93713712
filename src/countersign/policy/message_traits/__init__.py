"""Traits of a message by which several filters weigh their evidence, such as a lone link."""
