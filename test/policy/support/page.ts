/** docs/policies.md as data: what it says of each policy, and its examples as programs. */
import { readFileSync } from "node:fs";
import path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import ts from "typescript";
import { parseAllDocuments } from "yaml";
import { root } from "../../support/checkout";

export interface Example {
    readonly language: "yaml" | "ts";
    readonly text: string;
}

export interface Section {
    readonly name: string;
    readonly text: string;
    readonly bad: Example;
    readonly fixed: Example;
}

/** What the page says that its examples are judged with. */
export const EXAMPLE_CONFIG = {
    "host-allowed-domains": { domains: { shop: ["shop.example.com"] } },
    "host-access-required": { labels: ["access=guarded"] },
};

export const pageText = readFileSync(path.join(root, "docs", "policies.md"), "utf8");

function example(text: string, title: string): Example {
    const [, language = "", code = ""] = new RegExp(`^${title}:\\n\\n\`\`\`(yaml|ts)\\n([^]*?)\\n\`\`\`$`, "m").exec(text) ?? [];
    return { language: language as Example["language"], text: code };
}

/** The sections of policies, in their order. */
export function sections(): Section[] {
    return pageText
        .split(/^### /m)
        .slice(1)
        .map((text) => ({
            name: text.slice(0, text.indexOf("\n")),
            text,
            bad: example(text, "Bad"),
            fixed: example(text, "Fixed"),
        }));
}

interface Document {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string };
}
type Constructor = new (name: string, args: object, options?: CustomResourceOptions) => unknown;

/** Kubernetes' own kinds have classes; every other one is a CustomResource, as in a program written by hand. */
const CLASSES = {
    Service: k8s.core.v1.Service,
    Secret: k8s.core.v1.Secret,
    Deployment: k8s.apps.v1.Deployment,
    PodDisruptionBudget: k8s.policy.v1.PodDisruptionBudget,
    ClusterRole: k8s.rbac.v1.ClusterRole,
    ClusterRoleBinding: k8s.rbac.v1.ClusterRoleBinding,
} as unknown as Readonly<Record<string, Constructor | undefined>>;

export function documents(text: string): Document[] {
    return parseAllDocuments(text).map((one) => one.toJS() as Document);
}

/** Makes the resources of an example. */
export function make({ language, text }: Example, options: CustomResourceOptions = {}, prefix = ""): void {
    if (language === "ts") {
        runProgram(text);
        return;
    }
    for (const document of documents(text)) {
        const { apiVersion: _, kind, ...args } = document;
        const name = `${prefix}${kind}-${document.metadata.name}`.toLowerCase();
        const known = CLASSES[kind];
        if (known) new known(name, args, options);
        else new k8s.apiextensions.CustomResource(name, document as unknown as k8s.apiextensions.CustomResourceArgs, options);
    }
}

/** Runs a program of a page in this process. */
export function runProgram(text: string): void {
    const { outputText } = ts.transpileModule(text, {
        compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
    });
    (new Function("require", "exports", outputText) as (load: NodeJS.Require, exported: object) => void)(require, {});
}
