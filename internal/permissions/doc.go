// Package permissions says what a role needs in IAM to plan or deploy a synthesized stack, as policies that are as
// narrow as AWS allows.
//
// table.go has what each type of Terraform resource takes, and scopes.go on what: the resources that have the stack's
// name or its tags. The policies of a stack have all types that this program makes, not only those that the stack has
// now, so that a later change of the settings needs no new policies. What no name and no tag can limit, such as the
// records of a hosted zone that belongs to somebody else, is in them only where the stack uses it.
//
// Source: AWS's Service Authorization Reference, the page "Actions, resources, and condition keys for …" of each
// service, by way of internal/iamactions/reference, with which the tests compare all of it. No policy was tried on
// AWS itself. The recorded calls of Terraform on the local AWS are the proof that nothing is missing of what the
// tests do; see e2e/permissions_test.go.
package permissions
