// Does the operations of a plan with Go's net/http.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
)

type operation struct {
	URL, File, Type, Form string
	Streamed               bool
	Times                  int
	Header                 [2]string
}

type answer struct {
	Statuses []int  `json:"statuses"`
	Body     []byte `json:"body"`
	Fault    string `json:"fault"`
}

func request(o operation) (*http.Request, error) {
	content, err := os.ReadFile(o.File)
	if err != nil {
		return nil, err
	}
	var body io.Reader = bytes.NewReader(content)
	media := o.Type
	if o.Form != "" {
		var form bytes.Buffer
		writer := multipart.NewWriter(&form)
		head := textproto.MIMEHeader{}
		head.Set("Content-Disposition", fmt.Sprintf(
			`form-data; name="%s"; filename="%s"`, o.Form, filepath.Base(o.File)))
		head.Set("Content-Type", o.Type)
		part, err := writer.CreatePart(head)
		if err != nil {
			return nil, err
		}
		part.Write(content)
		writer.Close()
		body, media = &form, writer.FormDataContentType()
	} else if o.Streamed {
		body = struct{ io.Reader }{body} // its length is not known
	}
	made, err := http.NewRequest("POST", o.URL, body)
	if err != nil {
		return nil, err
	}
	made.Header.Set("Content-Type", media)
	if o.Header[0] != "" {
		made.Header.Set(o.Header[0], o.Header[1])
	}
	return made, nil
}

func do(o operation) (found answer) {
	for i := 0; i < o.Times; i++ {
		made, err := request(o)
		if err != nil {
			panic(err)
		}
		response, err := http.DefaultClient.Do(made)
		if err != nil {
			found.Fault = err.Error()
			return
		}
		found.Body, err = io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			found.Fault = err.Error()
			return
		}
		found.Statuses = append(found.Statuses, response.StatusCode)
	}
	return
}

func main() {
	plan, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(plan)
	for lines.Scan() {
		var o operation
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			panic(err)
		}
		text, err := json.Marshal(do(o))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(text))
	}
}
