package convert

func AppRunner(path string, options Options) (Result, error) { return Result{}, nil }
