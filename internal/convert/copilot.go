package convert

func Copilot(dir string, options Options) (Result, error) { return Result{}, nil }
