package local

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"webapp/internal/localaws"
	"webapp/internal/localaws/engine"
	"webapp/internal/localaws/live"
)

// status asks the server what runs.
func (s server) status(ctx context.Context) (live.Status, error) {
	var status live.Status
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+localaws.StatusPath, nil)
	if err != nil {
		return status, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return status, fmt.Errorf("asking the local AWS what runs: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	return status, json.NewDecoder(response.Body).Decode(&status)
}

// tryListeners requests / of every listener, and says what came back.
func (h Home) tryListeners(ctx context.Context, s server, out io.Writer) error {
	status, err := s.status(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "\nIt answers")
	for _, l := range status.Listeners {
		if l.LocalPort == 0 {
			fmt.Fprintf(out, "  %s port %d: no free port of this machine was found\n", l.LoadBalancer, l.Port)
			continue
		}
		fmt.Fprintf(out, "  curl %s\n    %s\n", curlArguments(l, h.authorityFile()), answerOf(ctx, l, status.Authority))
	}
	return nil
}

func (h Home) authorityFile() string { return h.path("authority.pem") }

// curlArguments are what curl takes to reach a listener. Its name leads to this machine.
func curlArguments(l live.Listener, authority string) string {
	if l.HTTPS {
		return fmt.Sprintf("--cacert %s %s", authority, l.URL())
	}
	return l.URL()
}

// answerOf is the first line of what a listener answers, for people.
func answerOf(ctx context.Context, l live.Listener, authority string) string {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(authority))
	dialer := &net.Dialer{Timeout: answersWithin}
	client := &http.Client{
		Timeout: answersWithin,
		// Go's resolver does not know that names below localhost are this machine.
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", strconv.Itoa(l.LocalPort)))
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.URL(), nil)
	if err != nil {
		return err.Error()
	}
	begin := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	answer := fmt.Sprintf("%s, after %d ms", response.Status, time.Since(begin).Milliseconds())
	if location := response.Header.Get("Location"); location != "" {
		return answer + ", to " + location
	}
	var from engine.Answer
	if json.NewDecoder(response.Body).Decode(&from) == nil && from.StandIn {
		answer += ", from a stand-in for " + from.Image
	}
	return answer
}
