/** Destinations reduced to data on the way in, and made Istio's own, fully qualified, once their values are there. */
import * as pulumi from "@pulumi/pulumi";
import type { Destination } from "../../istio";
import { isHttp2Family, protocolOfServicePort, resolveShortName } from "../../istio";
import { fault, mapInput, mentionsUnknown, standIn, UNKNOWN, type Fault } from "../arguments";
import type { DestinationArgs, ServicePortOf, ServicePortShape, ServiceShape } from "./types";

interface ServicePortData {
    readonly name?: string;
    readonly port: number;
    readonly appProtocol?: string;
}

/** All that is read of a Service. */
interface ServiceData {
    readonly name?: string;
    readonly namespace?: string;
    readonly ports?: readonly ServicePortData[];
    readonly port?: number | string;
    readonly subset?: string;
}

/** A destination as data: Istio's own, or a Service with the port that is meant. */
export type DestinationData = { readonly service: ServiceData } | Destination;

function isService(value: unknown): value is ServiceShape {
    return typeof value === "object" && value !== null && "metadata" in value && "spec" in value;
}

function portWire({ name, port, appProtocol }: ServicePortShape): object {
    return { name, port, ...(appProtocol === undefined ? {} : { appProtocol }) };
}

function serviceWire(service: ServiceShape, port?: pulumi.Input<number | string>, subset?: pulumi.Input<string>): object {
    return {
        service: {
            name: mapInput(service.metadata, ({ name }) => name),
            namespace: mapInput(service.metadata, ({ namespace }) => namespace),
            ports: mapInput(service.spec, ({ ports }) => mapInput(ports ?? [], (all) => all.map((one) => mapInput(one, portWire)))),
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

/** The port that is meant; undefined where there is none such. */
function meantPort({ ports: known = [], port }: ServiceData): ServicePortData | undefined {
    if (port === undefined) return known.length === 1 ? known[0] : undefined;
    return known.find((one) => one.port === port || one.name === port);
}

function servicePort(service: ServiceData, path: string, owner: string, faults: Fault[]): number {
    const { ports, port } = service;
    if (mentionsUnknown(ports) || mentionsUnknown(port)) return STAND_IN;
    const known = ports ?? [];
    const found = meantPort(service);
    if (found) return found.port;
    if (known.length === 0) faults.push(fault("GH0206", path, `${owner} has no ports.`));
    else if (port === undefined)
        faults.push(fault("GH0206", path, `${owner} has several ports: ${portsOfText(known)}.`, "Name one: { service, port }."));
    else faults.push(fault("GH0206", `${path}.port`, `${owner} has no port ${JSON.stringify(port)}; it has ${portsOfText(known)}.`));
    return STAND_IN;
}

function ownerText({ name = UNKNOWN, namespace = "default" }: ServiceData): string {
    return `Service ${mentionsUnknown([namespace, name]) ? "here" : `${namespace}/${name}`}`;
}

/**
 * Why requests over HTTP/2 cannot go to the port of a Service: gRPC has no other form, and a gateway speaks to a port what its
 * name or `appProtocol` says. Undefined where nothing is wrong, or where nothing is known of the port.
 */
export function http2Fault(data: DestinationData, path: string): Fault | undefined {
    if (typeof data !== "object" || (data as DestinationData | null) === null || !("service" in data)) return undefined;
    const { service } = data;
    if (typeof service !== "object" || (service as ServiceData | null) === null || mentionsUnknown([service.ports, service.port]))
        return undefined;
    const port = meantPort(service);
    if (port === undefined) return undefined;
    const { name = "", port: number, appProtocol } = port;
    const speaks = protocolOfServicePort(port);
    if (speaks !== undefined && isHttp2Family(speaks)) return undefined;
    const said = appProtocol === undefined ? `its name ${JSON.stringify(name)}` : `its appProtocol ${JSON.stringify(appProtocol)}`;
    const owner = `port ${number} of ${ownerText(service)}`;
    return fault(
        "GH0215",
        path,
        speaks === undefined
            ? `nothing says what ${owner} speaks${appProtocol === undefined && name === "" ? "" : `: ${said} does not`}. It is taken as HTTP/1.1, and gRPC goes over HTTP/2.`
            : `${owner} speaks ${speaks}, as ${said} says; gRPC goes over HTTP/2.`,
        'Call the port `grpc`, alone or before a hyphen, or give it `appProtocol: "grpc"`.',
    );
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
    const number = servicePort(service, path, ownerText(service), faults);
    return {
        host: `${service.name}.${home}.svc.cluster.local`,
        port: { number },
        ...(service.subset === undefined ? {} : { subset: service.subset }),
    };
}
