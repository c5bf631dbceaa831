{{- define "handoff.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Of the release's own objects. Short enough for a suffix. */}}
{{- define "handoff.fullname" -}}
{{- $name := include "handoff.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "handoff.serviceAccountName" -}}
{{- if not (or .Values.serviceAccount.create .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.name: name the account that is there; it gets the operator's rights" -}}
{{- end -}}
{{- default (include "handoff.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "handoff.image" -}}
{{- with .Values.image -}}
{{- with .registry }}{{ . }}/{{ end }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end -}}

{{/* What never changes of the operator's pods. */}}
{{- define "handoff.selectorLabels" -}}
app.kubernetes.io/name: {{ include "handoff.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "handoff.labels" -}}
{{ include "handoff.selectorLabels" . }}
app.kubernetes.io/part-of: handoff
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The whole metadata of an object: root, name, and optionally namespace, labels, annotations. */}}
{{- define "handoff.metadata" -}}
{{- $labels := merge (dict) (.labels | default dict) (include "handoff.labels" .root | fromYaml) -}}
{{- $annotations := merge (dict) (.annotations | default dict) .root.Values.commonAnnotations -}}
{{- $metadata := dict "name" .name "labels" $labels -}}
{{- with .namespace }}{{ $_ := set $metadata "namespace" . }}{{ end -}}
{{- with $annotations }}{{ $_ := set $metadata "annotations" . }}{{ end -}}
{{ toYaml $metadata }}
{{- end -}}

{{/* An object of files/ as it is there, with the labels and annotations of the release: root, object, and optionally keep. */}}
{{- define "handoff.shipped" -}}
{{- $annotations := .object.metadata.annotations | default dict -}}
{{- if .keep }}{{ $annotations = merge (dict "helm.sh/resource-policy" "keep") $annotations }}{{ end -}}
{{- $given := dict "root" .root "name" .object.metadata.name "labels" .object.metadata.labels "annotations" $annotations -}}
{{- $metadata := include "handoff.metadata" $given | fromYaml -}}
{{ toYaml (merge (dict "metadata" $metadata) (omit .object "metadata")) }}
{{- end -}}

{{/* The objects of one file of files/, as {items: […]}: root, file. */}}
{{- define "handoff.objects" -}}
{{- $items := list -}}
{{- range regexSplit "(?m)^---\\s*$" (.root.Files.Get .file) -1 -}}
{{- $object := fromYaml . -}}
{{- if $object.Error }}{{ fail (printf "%s: %s" $.file $object.Error) }}{{ end -}}
{{- if $object }}{{ $items = append $items $object }}{{ end -}}
{{- end -}}
{{ toJson (dict "items" $items) }}
{{- end -}}

{{/* The rules of the role handoff-operator about these groups, as {items: […]}: root, groups. */}}
{{- define "handoff.operatorRules" -}}
{{- $items := list -}}
{{- range (include "handoff.objects" (dict "root" .root "file" "files/roles.yaml") | fromJson).items -}}
{{- if eq .metadata.name "handoff-operator" -}}
{{- range .rules }}{{ if has (first .apiGroups) $.groups }}{{ $items = append $items . }}{{ end }}{{ end -}}
{{- end -}}
{{- end -}}
{{ toJson (dict "items" $items) }}
{{- end -}}

{{/* Whether the policies that fill in who did it are installed. */}}
{{- define "handoff.stamps" -}}
{{- $there := .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy" -}}
{{- if or (eq .Values.policies.stamping "always") (and (eq .Values.policies.stamping "auto") $there) }}true{{ end -}}
{{- end -}}
