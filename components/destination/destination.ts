/** Destinations reduced to data on the way in, and made Istio's own, fully qualified, once their values are there. */
import * as pulumi from "@pulumi/pulumi";
import type { Destination } from "../../istio";
import { resolveShortName } from "../../istio";
import { fault, mapInput, mentionsUnknown, standIn, UNKNOWN, type Fault } from "../arguments";
import type { DestinationArgs, ServicePortOf, ServiceShape } from "./types";

/** All that is read of a Service. */
interface ServiceData {
    readonly name?: string;
    readonly namespace?: string;
    readonly ports?: readonly { readonly name?: string; readonly port: number }[];
    readonly port?: number | string;
    readonly subset?: string;
}

/** A destination as data: Istio's own, or a Service with the port that is meant. */
export type DestinationData = { readonly service: ServiceData } | Destination;

function isService(value: unknown): value is ServiceShape {
    return typeof value === "object" && value !== null && "metadata" in value && "spec" in value;
}

function serviceWire(service: ServiceShape, port?: pulumi.Input<number | string>, subset?: pulumi.Input<string>): object {
    return {
        service: {
            name: mapInput(service.metadata, ({ name }) => name),
            namespace: mapInput(service.metadata, ({ namespace }) => namespace),
            ports: mapInput(service.spec, ({ ports }) =>
                mapInput(ports ?? [], (all) => all.map((one) => mapInput(one, ({ name, port: number }) => ({ name, port: number })))),
            ),
            ...(port === undefined ? {} : { port }),
            ...(subset === undefined ? {} : { subset }),
        },
    };
}

/** A destination as data. A Service resource is reduced to what is read of it: the whole would be stored in the state. */
export function destinationWire(destination: pulumi.Input<DestinationArgs>): pulumi.Input<DestinationData> {
    return mapInput(destination as pulumi.Input<object>, (given): pulumi.Input<DestinationData> => {
        if (typeof given !== "object" || given === null) return given as unknown as DestinationData;
        if (isService(given)) return serviceWire(given) as DestinationData;
        if ("service" in given) {
            const { service, port, subset } = given as ServicePortOf;
            return mapInput(
                service as pulumi.Input<ServiceShape>,
                (there) => (isService(there) ? serviceWire(there, port, subset) : given) as DestinationData,
            );
        }
        return given as DestinationData;
    });
}

const portsOfText = (ports: NonNullable<ServiceData["ports"]>): string =>
    ports.map(({ name, port }) => (name ? `${name} ${port}` : `${port}`)).join(", ");

/** For a port that is not known yet, or that has been found fault with already. */
const STAND_IN = UNKNOWN as unknown as number;

function servicePort({ ports, port }: ServiceData, path: string, owner: string, faults: Fault[]): number {
    if (mentionsUnknown(ports) || mentionsUnknown(port)) return STAND_IN;
    const known = ports ?? [];
    const found =
        port === undefined ? (known.length === 1 ? known[0] : undefined) : known.find((one) => one.port === port || one.name === port);
    if (found) return found.port;
    if (known.length === 0) faults.push(fault("GH0206", path, `${owner} has no ports.`));
    else if (port === undefined)
        faults.push(fault("GH0206", path, `${owner} has several ports: ${portsOfText(known)}.`, "Name one: { service, port }."));
    else faults.push(fault("GH0206", `${path}.port`, `${owner} has no port ${JSON.stringify(port)}; it has ${portsOfText(known)}.`));
    return STAND_IN;
}

/** Istio's Destination for `data`; what is wrong goes to `faults`. `namespace` is that of the resource that names it. */
export function resolveDestination(data: DestinationData, namespace: string, path: string, faults: Fault[]): Destination {
    if (typeof data === "string" && mentionsUnknown(data)) return standIn({ host: UNKNOWN });
    if (typeof data !== "object" || data === null || !("service" in data || "host" in data)) {
        faults.push(
            fault(
                "GH0206",
                path,
                "this is not a destination.",
                "Give a Service, { service, port } or Istio's { host, port: { number }, subset }.",
            ),
        );
        return { host: UNKNOWN };
    }
    if (!("service" in data))
        return {
            ...data,
            host: typeof data.host === "string" && !mentionsUnknown(data.host) ? resolveShortName(data.host, namespace) : data.host,
        };
    const { service } = data;
    if (typeof service !== "object" || service === null || typeof service.name !== "string") {
        faults.push(fault("GH0206", path, "this is not a Service that has a name."));
        return { host: UNKNOWN };
    }
    // The API server puts a Service without a namespace into `default`.
    const home = service.namespace ?? "default";
    const number = servicePort(
        service,
        path,
        `Service ${mentionsUnknown([home, service.name]) ? "here" : `${home}/${service.name}`}`,
        faults,
    );
    return {
        host: `${service.name}.${home}.svc.cluster.local`,
        port: { number },
        ...(service.subset === undefined ? {} : { subset: service.subset }),
    };
}
