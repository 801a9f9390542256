import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface SampleArgs {
    /** Which of the sample backends it is. On a laptop the annotation `gatehouse.dev/run` says it, in a cluster the argument. */
    readonly run: "web" | "catalog" | "external" | "login" | "issuer" | "grpc-echo" | "grpc-page" | "tcp-echo" | "tls-echo" | "mysql-echo";
    readonly namespace: pulumi.Input<string>;
    /** The Service's port; `name` says its protocol, as Istio reads it. */
    readonly port: { readonly name: string; readonly number: number };
    /** A Secret of type tls, mounted at /etc/tls. */
    readonly certificate?: pulumi.Input<string>;
    /** Further labels of the pods. `sidecar.istio.io/inject: "true"` gives them an outbound proxy, on a laptop too. */
    readonly labels?: Readonly<Record<string, string>>;
}

const CONTAINER_PORT = 8080;

const podField = (name: string, fieldPath: string): k8s.types.input.core.v1.EnvVar => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** A sample backend: a Deployment, and the Service that routes lead to. */
export function sample(name: string, { run, namespace, port, certificate, labels: more = {} }: SampleArgs): k8s.core.v1.Service {
    const labels = { app: name };
    // The proxy's image has the samples too; a cluster that pulls them from elsewhere sets samplesImage.
    const config = new pulumi.Config("gatehouse");
    const image = config.get("samplesImage") ?? config.get("image") ?? "gatehouse:dev";
    new k8s.apps.v1.Deployment(name, {
        metadata: { name, namespace, labels },
        spec: {
            selector: { matchLabels: labels },
            template: {
                metadata: { labels: { ...labels, ...more }, annotations: { "gatehouse.dev/run": run } },
                spec: {
                    automountServiceAccountToken: false,
                    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
                    containers: [
                        {
                            name: run,
                            image,
                            args: ["sample", run],
                            env: [
                                { name: "PORT", value: String(CONTAINER_PORT) },
                                podField("NODE_NAME", "spec.nodeName"),
                                podField("POD_NAME", "metadata.name"),
                                podField("POD_NAMESPACE", "metadata.namespace"),
                                podField("POD_IP", "status.podIP"),
                                podField("SERVICE_ACCOUNT", "spec.serviceAccountName"),
                            ],
                            ports: [{ containerPort: CONTAINER_PORT }],
                            resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "128Mi" } },
                            securityContext: {
                                allowPrivilegeEscalation: false,
                                readOnlyRootFilesystem: true,
                                capabilities: { drop: ["ALL"] },
                            },
                            volumeMounts: certificate ? [{ name: "tls", mountPath: "/etc/tls", readOnly: true }] : [],
                        },
                    ],
                    volumes: certificate ? [{ name: "tls", secret: { secretName: certificate } }] : [],
                },
            },
        },
    });
    return new k8s.core.v1.Service(name, {
        metadata: { name, namespace, labels },
        spec: { selector: labels, ports: [{ name: port.name, port: port.number, targetPort: CONTAINER_PORT }] },
    });
}
