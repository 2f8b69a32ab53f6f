// Package awsmodel reads AWS's own description of its APIs: for every operation, each parameter's type, pattern,
// length, range, values and list size.
//
// The models are botocore's, which is installed together with moto. Each service's file is read when it is first asked
// for:
//
//	models, err := awsmodel.Find(ctx, motoServer)
//	name, err := models.Parameter("ecs", "RegisterTaskDefinition", "containerDefinitions[].name")
//	name.Type       // "string"
//	name.Required   // whether AWS refuses a request without it
//	name.Validate("containerDefinitions[].name", "a b")
//
// A model says less than AWS checks: quotas, names derived from names and rules across parameters stand in no model.
// Where it does say something, a value that breaks it is refused.
package awsmodel
