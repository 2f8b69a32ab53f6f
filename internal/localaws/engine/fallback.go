package engine

import (
	"context"
	"errors"
)

// WithStandIns returns an engine that runs containers, and stand-ins in the place of the images that cannot be had.
func WithStandIns(containers, standIns Engine) Engine { return &withStandIns{containers, standIns} }

type withStandIns struct{ containers, standIns Engine }

func (e *withStandIns) Start(ctx context.Context, c Container) (Running, error) {
	running, err := e.containers.Start(ctx, c)
	var image *ErrImage
	if errors.As(err, &image) {
		return e.standIns.Start(ctx, c)
	}
	return running, err
}

func (e *withStandIns) Close() error { return errors.Join(e.containers.Close(), e.standIns.Close()) }
