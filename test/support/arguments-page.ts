/** docs/components/arguments.md as the schemas of the components say it. */
import { ACCESS, EXTENSION_PROVIDER } from "../../components/access";
import { TLS_FIELDS, CERTIFICATE } from "../../components/certificate";
import { COMPONENTS, type ComponentSchema } from "../../components/package-schema";
import type { Argument, ArgumentField, ObjectArgument } from "../../components/schema";
import { WORKLOAD_FIELDS } from "../../components/workload";

type Fields = ObjectArgument["fields"];

/** What several components take stands once, and each of them says where. */
const SHARED: readonly { readonly title: string; readonly intro: string; readonly fields: Fields }[] = [
    { title: "Both gateways", intro: "An IngressGateway and an EgressGateway take all of these.", fields: WORKLOAD_FIELDS },
    {
        title: "TLS of hosts",
        intro: "The `tls` of a VirtualHost and each entry of an IngressGateway's `tls` take all of these.",
        fields: TLS_FIELDS,
    },
    {
        title: "Who may pass",
        intro: "The `access` of a VirtualHost and of an IngressGateway takes these. [More](access.md).",
        fields: ACCESS.fields,
    },
    {
        title: "Providers",
        intro: "Each entry of an IngressGateway's `extensionProviders` takes these, and so does a provider of a component's own.",
        fields: EXTENSION_PROVIDER.fields,
    },
];

/** `CertificateAuthority` has the page `certificate-authority.md`. */
export function pageOf(component: string): string {
    return `${component.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}.md`;
}

const linkTo = (title: string): string => `[${title}](#${title.toLowerCase().replaceAll(" ", "-")})`;

const words = (all: Readonly<Record<string, string>>): string =>
    Object.keys(all)
        .map((word) => `\`${word}\``)
        .join(", ");

function typeText(field: ArgumentField): string {
    switch (field.type) {
        case "text":
            return field.words ? words(field.words) : "text";
        case "number":
            return `whole number from ${field.least}`;
        case "flag":
            return field.only === undefined ? "`true` or `false`" : `\`${field.only}\``;
        case "list":
            return `list of ${typeText(field.of)}`;
        case "map":
            return `by name: ${typeText(field.of)}`;
        case "object":
            return ["object", ...sharedIn(field.fields).map(({ title }) => linkTo(title))].join(" with ");
        case "union":
            return Object.values(field.members)
                .map(({ field: one }) => typeText(one))
                .join(", or ");
        case "variants":
            return "[Certificate](#certificate)";
        case "istio":
            return `Istio's ${field.name}`;
        case "kubernetes":
            return `Kubernetes' ${field.token.replace(/.*:/, "")}`;
        case "rich":
            return field.called;
        default:
            return field satisfies never;
    }
}

/** Whether an Output may stand there, or for a value of it. */
function takesOutputs(field: ArgumentField): boolean {
    switch (field.type) {
        case "text":
        case "number":
        case "flag":
            return field.input === true;
        case "list":
        case "map":
            return takesOutputs(field.of);
        case "object":
            return Object.values(field.fields).some(takesOutputs);
        case "union":
            return Object.values(field.members).some(({ field: one }) => takesOutputs(one));
        case "variants":
        case "istio":
        case "kubernetes":
            return true;
        case "rich":
            return field.travel !== undefined;
        default:
            return field satisfies never;
    }
}

function meaning(field: ArgumentField): string {
    if (field.type !== "text" || !field.words || field.doc !== "") return field.doc;
    return Object.entries(field.words)
        .filter(([, doc]) => doc !== "")
        .map(([word, doc]) => `\`${word}\`: ${doc}`)
        .join(" ");
}

function row(path: string, field: Argument): string {
    const cells = [
        `\`${path}\``,
        typeText(field),
        takesOutputs(field) ? "yes" : "",
        field.required ? "**required**" : (field.default ?? ""),
        meaning(field),
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** An argument, and what stands in it. */
function rows(path: string, field: Argument): string[] {
    return [row(path, field), ...inside(path, field)];
}

function inside(path: string, field: ArgumentField): string[] {
    switch (field.type) {
        case "object":
            return fieldRows(field.fields, `${path}.`);
        case "list":
            return inside(`${path}[]`, field.of);
        case "map":
            return inside(`${path}.<name>`, field.of);
        case "union":
            return field.members.object
                ? inside(path, field.members.object.field)
                : field.members.list
                  ? inside(path, field.members.list.field)
                  : [];
        default:
            return [];
    }
}

/** Those that are told of once, elsewhere. */
function sharedIn(fields: Fields): typeof SHARED {
    return SHARED.filter((one) => one.fields !== fields && Object.entries(one.fields).every(([name, field]) => fields[name] === field));
}

function fieldRows(fields: Fields, prefix = ""): string[] {
    const shared = sharedIn(fields);
    return Object.entries(fields)
        .filter(([name]) => !shared.some((one) => name in one.fields))
        .flatMap(([name, field]) => rows(`${prefix}${name}`, field));
}

function table(all: readonly string[]): string {
    return ["| argument | type | Output | default | |", "| --- | --- | --- | --- | --- |", ...all].join("\n");
}

function componentSection([name, { args }]: [string, ComponentSchema]): string {
    const also = sharedIn(args.fields).map(({ title }) => ` It takes those of ${linkTo(title)} too.`);
    return `## ${name}\n\n${args.doc} [More](${pageOf(name)}).${also.join("")}\n\n${table(fieldRows(args.fields))}\n`;
}

function certificateSection(): string {
    const kinds = Object.entries(CERTIFICATE.variants).map(
        ([kind, { doc, fields }]) => `### Certificate.${kind}\n\n${doc}\n\n${table(fieldRows(fields))}\n`,
    );
    return `## Certificate\n\nWhere a certificate comes from. [More](certificate.md).\n\n${kinds.join("\n")}`;
}

export function argumentsPage(): string {
    const components = Object.entries(COMPONENTS as Readonly<Record<string, ComponentSchema>>).map(componentSection);
    const shared = SHARED.map(({ title, intro, fields }) => `## ${title}\n\n${intro}\n\n${table(fieldRows(fields))}\n`);
    return [
        "# Arguments",
        "",
        "Every argument of every component, as the schemas have them. With `yes` under Output the value, or each value in it, may come",
        "from another resource; what has none says which resources there are, and is given as it is. In a path `[]` stands for each",
        "entry of a list, and `<name>` for each name.",
        "",
        [...components, ...shared, certificateSection()].join("\n"),
    ].join("\n");
}
