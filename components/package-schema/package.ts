/**
 * The package schema by which Pulumi makes the components known to other languages, made of the schemas of their arguments.
 * Where a program in TypeScript gives one of several, an object with a member for each says the same in languages that have
 * no unions; where it gives a component or a resource, plain data does.
 */
import { COMPONENTS, type ComponentSchema, type Output } from "./components";
import { TypeBook, type Json } from "./types";

interface PackageInfo {
    readonly version: string;
    /** Of the providers whose types and resources are referred to. */
    readonly kubernetes: string;
}

export interface PackageSchema {
    readonly name: string;
    readonly version: string;
    readonly types: Readonly<Record<string, Json>>;
    readonly resources: Readonly<Record<string, Json>>;
    readonly [field: string]: unknown;
}

function outputOf(book: TypeBook, owner: string, name: string, output: Output): Json {
    if (output.type === "resource") return { $ref: book.external("resources", output.token), description: output.doc };
    // What comes out is never plain.
    const { plain: _plain, ...rest } = book.property(output, owner, name);
    return rest;
}

function resourceOf(book: TypeBook, name: string, { args, outputs }: ComponentSchema): Json {
    const entries = Object.entries(outputs);
    const { properties, required } = book.members(args, name);
    return {
        isComponent: true,
        description: args.doc,
        inputProperties: properties,
        requiredInputs: required,
        properties: Object.fromEntries(entries.map(([one, output]) => [one, outputOf(book, name, one, output)])),
        required: entries.filter(([, { optional }]) => !optional).map(([one]) => one),
    };
}

export function packageSchema({ version, kubernetes }: PackageInfo): PackageSchema {
    const book = new TypeBook(kubernetes);
    const resources = Object.entries(COMPONENTS as Readonly<Record<string, ComponentSchema>>).map(
        ([name, component]) => [`gatehouse:index:${name}`, resourceOf(book, name, component)] as const,
    );
    return {
        name: "gatehouse",
        displayName: "Gatehouse",
        description: "Typed gateways for Kubernetes.",
        license: "Apache-2.0",
        keywords: ["kubernetes", "istio", "gateway", "category/infrastructure", "kind/component"],
        version,
        types: book.types(),
        resources: Object.fromEntries(resources),
    };
}
