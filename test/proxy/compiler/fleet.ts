/** Many hosts at once, as objects: what a large cluster has. */
import type { KubeObject } from "../../../istio/types";
import type { PlacedObject } from "../../../proxy/resources/placed-object";

type Placed = PlacedObject;

/** Gateway, VirtualService, Service and EndpointSlice for each host; the Gateway terminates TLS where a Secret is given. */
export function fleet(hosts: number, options: { readonly shared?: boolean; readonly cert?: string; readonly key?: string } = {}): Placed[] {
    const objects: KubeObject[] = [];
    for (let index = 0; index < hosts; index += 1) objects.push(...app(index, options));
    if (options.shared)
        objects.push(
            gatewayOf(
                "shared",
                Array.from({ length: hosts }, (_, index) => `host-${index}.example.com`),
                undefined,
            ),
        );
    return objects.map((object) => ({ object }));
}

export function routeOf(index: number, prefix = "/", gateway = `gateway-${index}`): KubeObject {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: `route-${index}`, namespace: "apps" },
        spec: {
            hosts: [`host-${index}.example.com`],
            gateways: [`istio-ingress/${gateway}`],
            http: [
                {
                    match: [{ uri: { prefix: `${prefix}api` } }],
                    route: [{ destination: { host: `app-${index}`, port: { number: 80 } } }],
                    timeout: "5s",
                },
                { route: [{ destination: { host: `app-${index}`, port: { number: 80 } } }] },
            ],
        },
    } as KubeObject;
}

function app(
    index: number,
    { shared, cert, key }: { readonly shared?: boolean; readonly cert?: string; readonly key?: string },
): KubeObject[] {
    const name = `app-${index}`;
    const metadata = { name, namespace: "apps" };
    const credential = cert === undefined ? undefined : `credential-${index}`;
    return [
        ...(shared ? [] : [gatewayOf(`gateway-${index}`, [`host-${index}.example.com`], credential)]),
        routeOf(index, "/", shared ? "shared" : `gateway-${index}`),
        {
            apiVersion: "v1",
            kind: "Service",
            metadata,
            spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
        } as KubeObject,
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            addressType: "IPv4",
            metadata: { name: `${name}-x`, namespace: "apps", labels: { "kubernetes.io/service-name": name } },
            ports: [{ name: "http", port: 8080 }],
            endpoints: [{ addresses: [`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`] }],
        } as KubeObject,
        ...(credential
            ? [
                  {
                      apiVersion: "v1",
                      kind: "Secret",
                      metadata: { name: credential, namespace: "istio-ingress" },
                      stringData: { "tls.crt": cert, "tls.key": key },
                  } as KubeObject,
              ]
            : []),
    ];
}

function gatewayOf(name: string, hosts: readonly string[], credentialName: string | undefined): KubeObject {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name, namespace: "istio-ingress" },
        spec: {
            selector: { "gateway-name": "public" },
            servers: [
                { port: { number: 80, name: "http", protocol: "HTTP" }, hosts },
                ...(credentialName
                    ? [{ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts, tls: { mode: "SIMPLE", credentialName } }]
                    : []),
            ],
        },
    } as KubeObject;
}
