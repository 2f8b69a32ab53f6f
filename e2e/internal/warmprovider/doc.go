// Package warmprovider makes real Terraform cheap enough to be run many times in a test.
//
// Every stock Terraform command hashes the AWS provider's 675 MB, starts it once or twice, and decodes a schema of
// 1,500 resource types. That is most of what a command costs. Here Terraform talks to a Server of this process instead
// (TF_REATTACH_PROVIDERS, Terraform's own way to attach to a provider that runs already), which passes every call on to
// a provider process that stays up, byte by byte. It changes four things:
//
//   - Schemas are cut to the types that the tested stack uses. Any other type fails like one that the provider lacks.
//   - Two calls are made once, since every process gives the same answer: the one for the schemas, and the one that
//     checks a provider's configuration. For the latter a process checks the schemas of all its types, which is half of
//     what it computes for a command.
//   - A process that was started for one local AWS serves the next one at the same address.
//   - Connections with different configurations have processes of their own, since a process holds one at a time.
//
// Terraform does not check the lock file for a provider that it is attached to. Install does, once.
package warmprovider
