package alarms

import (
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/expr-lang/expr"

	"webapp/internal/localaws/metrics"
)

// Expression computes the result of metric math, period by period. Where a value is missing, so is what is computed
// from it, unless FILL gives another. Of CloudWatch's functions FILL with a number and IF are known.
// Source: CloudWatch user guide, "Using math expressions with CloudWatch metrics".
func (m Minutes) Expression(queries []types.MetricDataQuery, periods int) ([]float64, error) {
	values, formula := map[string][]float64{}, ""
	for _, q := range queries {
		switch {
		case q.MetricStat != nil:
			values[aws.ToString(q.Id)] = m.Store.Values(queryOf(*q.MetricStat), m.Minute, periods)
		case formula != "":
			return nil, fmt.Errorf("more than one expression is not known to the local AWS")
		default:
			formula = aws.ToString(q.Expression)
		}
	}
	if formula == "" { // a metric alone
		return values[aws.ToString(queries[0].Id)], nil
	}
	compiled, err := expr.Compile(formula, expr.Env(environment(values, 0)), expr.AsFloat64())
	if err != nil {
		return nil, fmt.Errorf("the expression %s is not known to the local AWS: %w", formula, err)
	}
	results := make([]float64, periods)
	for i := range results {
		result, err := expr.Run(compiled, environment(values, i))
		if err != nil {
			return nil, fmt.Errorf("computing %s: %w", formula, err)
		}
		results[i], _ = result.(float64) // AsFloat64
	}
	return results, nil
}

func queryOf(s types.MetricStat) metrics.Query {
	return metrics.Query{
		Metric:    metricOf(aws.ToString(s.Metric.Namespace), aws.ToString(s.Metric.MetricName), s.Metric.Dimensions),
		Statistic: aws.ToString(s.Stat), Minutes: minutes(s.Period),
	}
}

// environment is what an expression may name in one period: metrics and functions.
func environment(values map[string][]float64, period int) map[string]any {
	all := map[string]any{
		"FILL": func(value float64, otherwise any) float64 {
			if math.IsNaN(value) {
				return float(otherwise)
			}
			return value
		},
		"IF": func(condition bool, then, otherwise any) float64 {
			if condition {
				return float(then)
			}
			return float(otherwise)
		},
	}
	for id, of := range values {
		all[id] = of[period]
	}
	return all
}

// float converts a number of an expression, where whole ones are integers.
func float(value any) float64 {
	switch n := value.(type) {
	case float64:
		return n
	case int:
		return float64(n)
	}
	return math.NaN()
}
