package convert

import (
	"path"
	"strings"
)

// managed lists images of databases and other things with data, and the AWS service to use instead of a container. The
// words are compared with the last part of an image's name.
var managed = []struct{ words, instead string }{
	{"postgres postgresql postgis timescaledb pgvector", "Amazon RDS or Aurora for PostgreSQL"},
	{"mysql mysql-server percona", "Amazon RDS or Aurora for MySQL"},
	{"mariadb", "Amazon RDS for MariaDB"},
	{"mssql server azure-sql-edge", "Amazon RDS for SQL Server"},
	{"redis redis-stack redis-stack-server valkey keydb dragonfly", "Amazon ElastiCache for Valkey or Redis OSS"},
	{"memcached", "Amazon ElastiCache for Memcached"},
	{"mongo mongodb mongodb-community-server", "Amazon DocumentDB"},
	{"elasticsearch opensearch", "Amazon OpenSearch Service"},
	{"kibana opensearch-dashboards", "the dashboards of Amazon OpenSearch Service"},
	{"rabbitmq activemq activemq-artemis", "Amazon MQ"},
	{"kafka cp-kafka redpanda zookeeper cp-zookeeper", "Amazon MSK"},
	{"minio", "Amazon S3"},
	{"localstack dynamodb-local", "the AWS services themselves"},
	{"elasticmq", "Amazon SQS"},
	{"cassandra scylla", "Amazon Keyspaces"},
	{"neo4j neptune", "Amazon Neptune"},
	{"influxdb", "Amazon Timestream for InfluxDB"},
	{"mailhog mailpit maildev mailcatcher", "Amazon SES, or nothing: it catches mail on a developer's machine"},
	{"traefik nginx-proxy acme-companion letsencrypt-nginx-proxy-companion", "loadBalancer, which routes and has " +
		"certificates"},
	{"pgadmin4 pgadmin adminer phpmyadmin mongo-express redis-commander redisinsight",
		"nothing: it is a tool for a developer's machine"},
	{"prometheus grafana cadvisor node-exporter loki promtail jaeger all-in-one zipkin otel-collector datadog",
		"observability and tracing of the settings, or Amazon Managed Service for Prometheus and Amazon Managed Grafana"},
	{"watchtower portainer portainer-ce", "nothing: deployments change the image"},
}

// managedInstead returns the managed service to use instead of an image, or "".
func managedInstead(image string) string {
	name, _, _ := strings.Cut(path.Base(image), "@")
	name, _, _ = strings.Cut(name, ":")
	for _, m := range managed {
		for word := range strings.FieldsSeq(m.words) {
			if name == word {
				return m.instead
			}
		}
	}
	return ""
}
