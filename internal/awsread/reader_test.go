package awsread

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

type options struct{}

// pagesOf is a paginator of texts; it fails where one is "error".
type pagesOf struct{ left [][]string }

func (p *pagesOf) HasMorePages() bool { return len(p.left) > 0 }

func (p *pagesOf) NextPage(context.Context, ...func(*options)) (*[]string, error) {
	page := p.left[0]
	p.left = p.left[1:]
	if slices.Contains(page, "error") {
		return nil, errDenied
	}
	return &page, nil
}

var errDenied = errors.New("access denied")

func items(page *[]string) []string { return *page }

func TestAllReadsEveryPage(t *testing.T) {
	r := New(t.Context(), aws.Config{})
	got := All(r, "the names", &pagesOf{[][]string{{"a", "b"}, {}, {"c"}}}, items)
	if want := []string{"a", "b", "c"}; !slices.Equal(got, want) || r.Err() != nil {
		t.Errorf("got %q, %v; want %q", got, r.Err(), want)
	}
}

func TestAfterAnErrorNothingIsRead(t *testing.T) {
	r := New(t.Context(), aws.Config{})
	if got := All(r, "the names", &pagesOf{[][]string{{"a"}, {"error"}}}, items); got != nil {
		t.Errorf("an incomplete list: %q", got)
	}
	later := &pagesOf{[][]string{{"a"}}}
	if got := All(r, "other names", later, items); got != nil || len(later.left) != 1 {
		t.Errorf("it still reads: %q", got)
	}
	calls := 0
	request := func(context.Context, *string, ...func(*options)) (*string, error) {
		calls++
		return aws.String("answer"), nil
	}
	if got := Call(r, "an answer", request, aws.String("")); *got != "" || calls > 0 {
		t.Errorf("it still calls: %q", *got)
	}
	if _, found := lookUp[*deniedError](r, "an answer", request, aws.String("")); found || calls > 0 {
		t.Error("it still looks up")
	}
	r.Fail("a later problem")
	if err := r.Err(); !errors.Is(err, errDenied) || err.Error() != "reading the names: access denied" {
		t.Errorf("got the error %v, want the first one", err)
	}
}

type deniedError struct{}

func (*deniedError) Error() string { return "denied" }

func TestLookUpTakesOneErrorForNothing(t *testing.T) {
	r := New(t.Context(), aws.Config{})
	denied := func(context.Context, *string, ...func(*options)) (*string, error) { return nil, &deniedError{} }
	if _, found := lookUp[*deniedError](r, "an answer", denied, aws.String("")); found || r.Err() != nil {
		t.Errorf("found %t, %v", found, r.Err())
	}
	failing := func(context.Context, *string, ...func(*options)) (*string, error) { return nil, errDenied }
	if _, found := lookUp[*deniedError](r, "an answer", failing, aws.String("")); found ||
		!errors.Is(r.Err(), errDenied) {
		t.Errorf("found %t, %v; want the other error", found, r.Err())
	}
}
