package localaws

import (
	"context"

	"webapp/internal/awsmodel"
)

// Models opens AWS's description of its APIs, which is installed together with moto. The project's folder is where its
// virtual environment may be.
func Models(ctx context.Context, project string) (*awsmodel.Models, error) {
	python, err := findPython(project)
	if err != nil {
		return nil, err
	}
	return awsmodel.Find(ctx, python)
}
