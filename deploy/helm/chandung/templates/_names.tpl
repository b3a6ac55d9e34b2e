{{- define "chandung.labels" -}}
app.kubernetes.io/name: chandung
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end }}

{{- define "chandung.allLabels" -}}
{{ include "chandung.labels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "chandung.name" -}}
{{ printf "%s-%s" .root.Release.Name .service | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "chandung.image" -}}
{{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}

{{- define "chandung.pod" -}}
automountServiceAccountToken: false
serviceAccountName: {{ .root.Release.Name }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "chandung.container" -}}
image: {{ include "chandung.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
env: {{ include "chandung.env" . | nindent 2 }}
{{- with .root.Values.secrets.env }}
envFrom:
  - secretRef: {name: {{ printf "%s-%s" . $.service }}, optional: true}
{{- end }}
volumeMounts:
  - {name: keys, mountPath: /keys, readOnly: true}
  - {name: data, mountPath: /data}
  - {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "chandung.env" -}}
{{- $values := .root.Values }}
- {name: HOST, value: "0.0.0.0"}
- {name: PORT, value: "8000"}
- {name: DATA_DIR, value: /data}
- {name: KEY_DIR, value: /keys}
- {name: LOG_LEVEL, value: {{ $values.logLevel | quote }}}
- {name: LOG_URL, value: {{ $values.logUrl | quote }}}
- {name: INTERNAL_KEY, valueFrom: {secretKeyRef: {name: {{ $values.secrets.internal }}, key: INTERNAL_KEY}}}
- {name: DATABASE_URL, valueFrom: {secretKeyRef: {name: {{ $values.secrets.urls }}, key: {{ .service }}}}}
{{- if eq .service "ingest" }}
- {name: KEYRING_URL, valueFrom: {secretKeyRef: {name: {{ $values.secrets.urls }}, key: keyring}}}
{{- end }}
{{- if eq .service "persona" }}
- {name: LAKE_URL, value: {{ $values.lakeUrl | quote }}}
{{- end }}
{{- if has .service (list "gateway" "verify") }}
- {name: PUBLIC_URL, value: {{ $values.publicUrl | quote }}}
- {name: INGEST_URL, value: "http://{{ .root.Release.Name }}-ingest:8000"}
{{- end }}
{{- if eq .service "gateway" }}
{{- range list "verify" "social" "persona" }}
- {name: {{ printf "%s_URL" (upper .) }}, value: "http://{{ $.root.Release.Name }}-{{ . }}:8000"}
{{- end }}
{{- with $values.quotaUrl }}
- {name: QUOTA_URL, value: {{ . | quote }}}
{{- end }}
{{- end }}
{{- with $values.traces.endpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
- {name: OTEL_TRACES_SAMPLER, value: parentbased_traceidratio}
- {name: OTEL_TRACES_SAMPLER_ARG, value: {{ $values.traces.sampledShare | quote }}}
{{- end }}
{{- range $name, $value := .one.env }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "chandung.volumes" -}}
- name: keys
  secret: {secretName: {{ printf "%s-%s" .root.Values.secrets.keys .service }}, defaultMode: 0440}
- name: tmp
  emptyDir: {sizeLimit: 1Gi}
- name: data
{{- if .one.data }}
  persistentVolumeClaim:
    claimName: {{ default (include "chandung.name" .) .one.data.existingClaim }}
{{- else }}
  emptyDir: {sizeLimit: 1Gi}
{{- end }}
{{- end }}
