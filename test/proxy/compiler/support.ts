/** Compiles YAML as a directory of files would be compiled. */
import { parseDocuments } from "../../../istio/documents";
import { findingText } from "../../../istio/findings";
import { compile, type Compilation, type CompileInput } from "../../../proxy/compiler";
import type { PlacedObject } from "../../../proxy/resources/placed-object";
import type { TableEntries, TableName, Tables } from "../../../proxy/tables";

/** The test certificates are valid around the day they are made. */
export const NOW = Date.now();

/** File name → text, or one text. */
export function objectsOf(files: string | Readonly<Record<string, string>>): PlacedObject[] {
    const named = typeof files === "string" ? { "all.yaml": files } : files;
    return Object.entries(named).flatMap(([file, text]) => {
        const { documents, findings } = parseDocuments(text, file);
        if (findings.length > 0) throw new Error(findings.map(findingText).join("\n"));
        return documents;
    });
}

/** An ingress gateway as the walks have it. */
export const INGRESS = { labels: { istio: "ingressgateway" }, namespace: "istio-system", now: NOW } as const;

export function compileYaml(files: string | Readonly<Record<string, string>>, options: Partial<CompileInput> = {}): Compilation {
    return compile({ ...INGRESS, objects: objectsOf(files), ...options });
}

export function entries<T extends TableName>(tables: Tables, name: T): TableEntries[T][] {
    return [...tables[name].values()];
}

/** `GH0401 Gateway ns/name field`, to compare what was reported without its words. */
export function codesOf({ findings }: Compilation): string[] {
    return findings.map(({ code, object, field }) => `${code} ${object?.kind} ${object?.namespace}/${object?.name} ${field}`.trim());
}

export function messagesOf({ findings }: Compilation): string {
    return findings.map(findingText).join("\n");
}

/** `domain: route → cluster, …` of every virtual host of a table. */
export function routesOf(tables: Tables, routeTable: string): Record<string, string[]> {
    return Object.fromEntries(
        entries(tables, "virtualHosts")
            .filter((one) => one.routeTable === routeTable)
            .map(({ domain, routes, httpsRedirect }) => [
                domain,
                [
                    ...(httpsRedirect ? ["redirect to https"] : []),
                    ...routes.map(({ match, action }) => {
                        const path = match?.path ? `${match.path.kind} ${match.path.value}` : match ? "other" : "any";
                        return `${path} → ${action.kind === "forward" ? action.clusters.map(({ cluster }) => cluster).join(" + ") : action.kind}`;
                    }),
                ],
            ]),
    );
}

/** A Service with one endpoint. */
export function service(
    name: string,
    port: number,
    options: { readonly namespace?: string; readonly portName?: string; readonly address?: string } = {},
): string {
    const { namespace = "default", portName = "http", address = "10.0.0.1" } = options;
    return `
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: { app: ${name} }, ports: [{ name: ${portName}, port: ${port}, targetPort: 8080 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, namespace: ${namespace}, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: ${portName}, port: 8080 }]
endpoints: [{ addresses: [${address}] }]
`;
}

/** A Gateway in istio-system with the given servers. */
export function gateway(
    name: string,
    servers: string,
    options: { readonly namespace?: string; readonly created?: string; readonly selector?: string; readonly labels?: string } = {},
): string {
    const { namespace = "istio-system", created, selector = "{ istio: ingressgateway }", labels } = options;
    return `
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: ${namespace}${created ? `, creationTimestamp: "${created}"` : ""}${labels ? `, labels: ${labels}` : ""} }
spec:
  selector: ${selector}
  servers:
${servers.replace(/^/gm, "    ")}
`;
}

/** A VirtualService whose rules are written in flow style. */
export function virtualService(
    name: string,
    spec: string,
    options: { readonly namespace?: string; readonly created?: string } = {},
): string {
    const { namespace = "istio-system", created } = options;
    return `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: ${namespace}${created ? `, creationTimestamp: "${created}"` : ""} }
spec: ${spec}
`;
}
