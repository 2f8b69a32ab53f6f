package warmprovider

import (
	"context"

	"google.golang.org/grpc/stats"
)

// connection is one of Terraform's. It opens one for each provider block and walk of its graph, and closes all when it
// ends. The server's mutex guards it.
type connection struct {
	process *process // once it is configured
}

type connectionKey struct{}

func connectionOf(ctx context.Context) *connection { return ctx.Value(connectionKey{}).(*connection) }

// watchConnections tells a server's calls by their connections, and learns when a connection ends.
type watchConnections struct{ server *Server }

func (watchConnections) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, connectionKey{}, &connection{})
}

func (w watchConnections) HandleConn(ctx context.Context, event stats.ConnStats) {
	if _, ended := event.(*stats.ConnEnd); !ended {
		return
	}
	w.server.mutex.Lock()
	defer w.server.mutex.Unlock()
	w.server.release(connectionOf(ctx))
}

func (watchConnections) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (watchConnections) HandleRPC(context.Context, stats.RPCStats) {}
