package live

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"fmt"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"webapp/internal/localaws/balancer"
)

// accessLogsEvery is after how many minutes a load balancer writes its log. Source, for the names of the files as well:
// "Access logs for your Application Load Balancer", "Access log files".
const accessLogsEvery = 5

// accessLog collects the log of one load balancer.
type accessLog struct {
	world *World
	arn   string

	writing sync.Mutex // held while a file is written

	mu    sync.Mutex
	to    accessLogTarget
	lines bytes.Buffer
}

// accessLogTarget is where a load balancer's log goes: no bucket where it has none.
type accessLogTarget struct{ bucket, prefix string }

// accessLogTargetOf reads the attributes of a load balancer.
func accessLogTargetOf(attributes []types.LoadBalancerAttribute) accessLogTarget {
	read := map[string]string{}
	for _, a := range attributes {
		read[aws.ToString(a.Key)] = aws.ToString(a.Value)
	}
	if read["access_logs.s3.enabled"] != "true" {
		return accessLogTarget{}
	}
	return accessLogTarget{read["access_logs.s3.bucket"], read["access_logs.s3.prefix"]}
}

// id is the load balancer's, such as app/shop/50dc6c495c0c9188.
func (l *accessLog) id() string {
	_, id, _ := strings.Cut(l.arn, ":loadbalancer/")
	return id
}

func (l *accessLog) add(e balancer.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.to.bucket != "" {
		l.lines.WriteString(e.Line(l.id()) + "\n")
	}
}

// send has the log go elsewhere from now on.
func (l *accessLog) send(to accessLogTarget) {
	l.mu.Lock()
	changes := l.to != to
	l.mu.Unlock()
	if changes {
		l.write()
		l.mu.Lock()
		l.to = to
		l.mu.Unlock()
	}
}

// write writes what was collected. When it returns, nothing is being written: the bucket may go. A log whose bucket is
// gone already is lost, as on AWS.
func (l *accessLog) write() {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	text, to := bytes.Clone(l.lines.Bytes()), l.to
	l.lines.Reset()
	l.mu.Unlock()
	if len(text) == 0 {
		return
	}
	var file bytes.Buffer
	w := gzip.NewWriter(&file)
	_, _ = w.Write(text) // into memory
	_ = w.Close()
	ctx, cancel := context.WithTimeout(l.world.ctx, time.Minute)
	defer cancel()
	_, _ = l.world.s3(placeOf(l.arn)).PutObject(ctx, &s3.PutObjectInput{
		Bucket: &to.bucket, Key: aws.String(l.key(to.prefix, time.Now().UTC())), Body: bytes.NewReader(file.Bytes()),
	})
}

// key is the name of a file. The node of the load balancer is this machine.
func (l *accessLog) key(prefix string, end time.Time) string {
	p := placeOf(l.arn)
	name := fmt.Sprintf("%s_elasticloadbalancing_%s_%s_%s_127.0.0.1_%s.log.gz", p.account, p.region,
		strings.ReplaceAll(l.id(), "/", "."), end.Format("20060102T1504Z"), strings.ToLower(rand.Text()[:8]))
	return path.Join(prefix, "AWSLogs", p.account, "elasticloadbalancing", p.region, end.Format("2006/01/02"), name)
}

// writeAccessLogs writes the logs of the load balancers as time goes by.
func (b *balancers) writeAccessLogs() {
	again := time.NewTicker(max(accessLogsEvery*b.world.monitoring.minute(), time.Millisecond))
	defer again.Stop()
	for {
		select {
		case <-b.world.ctx.Done():
			return
		case <-again.C:
		}
		for _, one := range b.all() {
			one.log.write()
		}
	}
}
