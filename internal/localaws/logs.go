package localaws

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

const logsTarget = "Logs_20140328."

// logQueries are the saved queries of CloudWatch Logs Insights, by id.
type logQueries struct {
	mutex sync.Mutex
	made  int
	byID  map[string]object
}

// logPatches keep saved queries, which moto does not know.
func logPatches() map[string]patch {
	q := &logQueries{byID: map[string]object{}}
	return map[string]patch{
		logsTarget + "PutQueryDefinition":       {respond: q.put},
		logsTarget + "DescribeQueryDefinitions": {respond: q.describe},
		logsTarget + "DeleteQueryDefinition":    {respond: q.remove},
	}
}

func (q *logQueries) put(request object) object {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	id, _ := request["queryDefinitionId"].(string)
	if id == "" {
		q.made++
		id = fmt.Sprintf("00000000-0000-4000-8000-%012d", q.made)
	}
	request["queryDefinitionId"] = id
	delete(request, "clientToken")
	q.byID[id] = request
	return object{"queryDefinitionId": id}
}

func (q *logQueries) describe(request object) object {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	prefix, _ := request["queryDefinitionNamePrefix"].(string)
	found := []object{}
	for _, id := range slices.Sorted(maps.Keys(q.byID)) {
		if name, _ := q.byID[id]["name"].(string); strings.HasPrefix(name, prefix) {
			found = append(found, q.byID[id])
		}
	}
	return object{"queryDefinitions": found}
}

func (q *logQueries) remove(request object) object {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	id, _ := request["queryDefinitionId"].(string)
	_, there := q.byID[id]
	delete(q.byID, id)
	return object{"success": there}
}
