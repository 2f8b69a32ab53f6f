package convert

import (
	"path"
	"strings"
)

// How a service reaches what is used instead.
const (
	byLogin   = "; put its address into container.environment, and its password into container.secrets"
	byAddress = "; put its address into container.environment"
	byRole    = "; put its name or address into container.environment, and grant access with task.role.statements"
)

// managed lists images of databases and other things with data, and the AWS service to use instead of a container. The
// words are compared with the last part of an image's name.
var managed = []struct{ words, instead string }{
	{"postgres postgresql postgis timescaledb pgvector", "Amazon RDS or Aurora for PostgreSQL" + byLogin},
	{"mysql mysql-server percona", "Amazon RDS or Aurora for MySQL" + byLogin},
	{"mariadb", "Amazon RDS for MariaDB" + byLogin},
	{"mssql server azure-sql-edge", "Amazon RDS for SQL Server" + byLogin},
	{"redis redis-stack redis-stack-server valkey keydb dragonfly", "Amazon ElastiCache for Valkey or Redis OSS" +
		byLogin},
	{"memcached", "Amazon ElastiCache for Memcached" + byAddress},
	{"mongo mongodb mongodb-community-server", "Amazon DocumentDB" + byLogin},
	{"elasticsearch opensearch", "Amazon OpenSearch Service" + byRole},
	{"kibana opensearch-dashboards", "the dashboards of Amazon OpenSearch Service"},
	{"rabbitmq activemq activemq-artemis", "Amazon MQ" + byLogin},
	{"kafka cp-kafka redpanda zookeeper cp-zookeeper", "Amazon MSK" + byLogin},
	{"minio", "Amazon S3" + byRole},
	{"localstack dynamodb-local", "the AWS services themselves" + byRole},
	{"elasticmq", "Amazon SQS" + byRole},
	{"cassandra scylla", "Amazon Keyspaces" + byRole},
	{"neo4j neptune", "Amazon Neptune" + byAddress},
	{"influxdb", "Amazon Timestream for InfluxDB" + byLogin},
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
