"""A naive evaluator of rules: it keeps every record for ever and looks at all of them, in exact fractions. It shares no code with the engine; what it
does is written from docs/rules.md and the pages that it names."""
