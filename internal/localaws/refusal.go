package localaws

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"

	"webapp/internal/awsmodel"
)

// refusal is AWS's answer to a request that it does not accept. Its status is 400, after which no client tries again.
type refusal struct {
	code, message string
}

// requestID is that of every refusal.
const requestID = "00000000-0000-4000-8000-000000000000"

// write answers in the protocol in which the service was asked.
func (r *refusal) write(w http.ResponseWriter, asked *http.Request, service *awsmodel.Service) {
	if asked.Header.Get("X-Amz-Target") != "" || service.Protocol == "rest-json" {
		w.Header().Set("Content-Type", "application/x-amz-json-"+orElse(service.JSONVersion, "1.1"))
		w.Header().Set("X-Amzn-Errortype", r.code)
		w.WriteHeader(http.StatusBadRequest)
		// an error means that the client has gone away
		_ = json.NewEncoder(w).Encode(object{"__type": r.code, "message": r.message})
		return
	}
	code, message := escapeXML(r.code), escapeXML(r.message)
	form := `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>` +
		`<RequestId>%s</RequestId></ErrorResponse>`
	switch {
	case service.Protocol == "ec2":
		form = `<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors>` +
			`<RequestID>%s</RequestID></Response>`
	case service.Name == "s3":
		form = `<Error><Code>%s</Code><Message>%s</Message><RequestId>%s</RequestId></Error>`
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+form, code, message, requestID)
}

func escapeXML(text string) string {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(text)) // a builder takes everything
	return escaped.String()
}

// invalidCodes are the codes of services that do not call what breaks their model a ValidationException.
var invalidCodes = map[string]string{
	"cloudwatch":       "ValidationError",
	"ec2":              "InvalidParameterValue",
	"ecs":              "InvalidParameterException",
	"elbv2":            "ValidationError",
	"iam":              "ValidationError",
	"logs":             "InvalidParameterException",
	"route53":          "InvalidInput",
	"s3":               "InvalidArgument",
	"servicediscovery": "InvalidInput",
	"sns":              "InvalidParameter",
	"sts":              "ValidationError",
	"wafv2":            "WAFInvalidParameterException",
}

// invalid is AWS's answer to a request that breaks the model of its operation, nil if it does not.
func invalid(request *awsmodel.Request) *refusal {
	shape := request.Operation.Input
	if shape == nil {
		return nil
	}
	violations := shape.Validate("", request.Input)
	if len(violations) == 0 {
		return nil
	}
	service := request.Service.Name
	var texts []string
	for _, v := range violations {
		switch {
		case v.Kind == awsmodel.OfType && request.Service.TargetPrefix != "":
			return &refusal{"SerializationException", v.String()}
		case v.Kind == awsmodel.OfType && service != "ec2":
			return &refusal{"MalformedInput", v.String()}
		case v.Kind == awsmodel.OfName && service == "ec2":
			return &refusal{"UnknownParameter", "The parameter " + v.Path + " is not recognized"}
		case v.Kind == awsmodel.OfRequired && service == "ec2":
			return &refusal{"MissingParameter", "The request must contain the parameter " + v.Path}
		}
		texts = append(texts, v.String())
	}
	count := "1 validation error"
	if len(texts) > 1 {
		count = fmt.Sprint(len(texts), " validation errors")
	}
	return &refusal{orElse(invalidCodes[service], "ValidationException"),
		count + " detected: " + strings.Join(texts, "; ")}
}

// unreadable is AWS's answer to a request that cannot be read.
func unreadable(err *awsmodel.RequestError) *refusal {
	isJSON := err.Service.TargetPrefix != ""
	switch {
	case err.UnknownOperation && isJSON:
		return &refusal{"UnknownOperationException", err.Message}
	case err.UnknownOperation:
		return &refusal{"InvalidAction", err.Message}
	case isJSON:
		return &refusal{"SerializationException", err.Message}
	}
	return &refusal{"MalformedInput", err.Message}
}
