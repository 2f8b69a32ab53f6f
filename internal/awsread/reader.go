// Package awsread reads what exists in an AWS account, in the AWS SDK's own types. It is the only package that reads an
// account for people: it pages through lists, and keeps the first error, so that its users check for one in the end.
//
//	r := awsread.New(ctx, cfg)
//	cluster := r.Cluster("web")
//	names := r.ServiceNames("web")
//	if err := r.Err(); err != nil { … }
//
// The configuration may be that of an assumed role; see package assume. The methods for lists resemble one another,
// since the SDK has a paginator, an input and an output type of its own for each list.
package awsread

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Reader reads from one account and region. After an error, every read returns nothing.
type Reader struct {
	ctx context.Context
	cfg aws.Config
	err error
}

// New returns a reader for the account and region of a configuration.
func New(ctx context.Context, cfg aws.Config) *Reader { return &Reader{ctx: ctx, cfg: cfg} }

// Err returns the first error.
func (r *Reader) Err() error { return r.err }

// Fail records an error, unless there was one before.
func (r *Reader) Fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// Call makes a request, unless an earlier one has failed. What it reads is part of the error. Its answer is empty
// after an error.
func Call[In, Out, Options any](
	r *Reader, what string, do func(context.Context, *In, ...func(*Options)) (*Out, error), in *In,
) *Out {
	if r.err != nil {
		return new(Out)
	}
	out, err := do(r.ctx, in)
	if err != nil {
		r.Fail("reading %s: %w", what, err)
		return new(Out)
	}
	return out
}

// lookUp is Call for something that may not exist, for which AWS answers with an error of type E.
func lookUp[E error, In, Out, Options any](
	r *Reader, what string, do func(context.Context, *In, ...func(*Options)) (*Out, error), in *In,
) (out *Out, found bool) {
	if r.err != nil {
		return new(Out), false
	}
	out = Call(r, what, do, in)
	var missing E
	if errors.As(r.err, &missing) {
		r.err = nil
		return out, false
	}
	return out, r.err == nil
}

// paginator is one of the AWS SDK's.
type paginator[Out, Options any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*Options)) (*Out, error)
}

// All makes the requests of a paginator, and returns the items of all pages.
func All[Out, Options, Item any](
	r *Reader, what string, pages paginator[Out, Options], items func(*Out) []Item,
) []Item {
	var found []Item
	for r.err == nil && pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			r.Fail("reading %s: %w", what, err)
			return nil
		}
		found = append(found, items(page)...)
	}
	return found
}
