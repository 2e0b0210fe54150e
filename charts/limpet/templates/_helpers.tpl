{{- define "limpet.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end -}}

{{/* Labels of an object of a component: (dict "root" $ "component" "operator") */}}
{{- define "limpet.labels" -}}
{{ include "limpet.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{- define "limpet.selector" -}}
app.kubernetes.io/name: limpet
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The name of a Service in the environment variables that Kubernetes makes of it. */}}
{{- define "limpet.operatorVariable" -}}
{{ printf "%s-operator" .Release.Name | upper | replace "-" "_" }}_SERVICE_HOST
{{- end -}}

{{- define "limpet.securityContext" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
{{- end -}}

{{- define "limpet.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: admin}
  periodSeconds: 1
  failureThreshold: 120
livenessProbe:
  httpGet: {path: /livez, port: admin}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: admin}
  periodSeconds: 1
{{- end -}}

{{/* Where the pods of a component run: (dict "root" $ "component" "operator" "values" .Values.operator) */}}
{{- define "limpet.scheduling" -}}
{{- $own := dict "matchLabels" (include "limpet.selector" . | fromYaml) }}
{{- with .values }}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- omit . "labelSelector" | toYaml | nindent 4 }}
    labelSelector: {{- .labelSelector | default $own | toYaml | nindent 6 }}
  {{- end }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}
{{- end -}}
