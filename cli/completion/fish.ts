/** Completion for fish: a line for each command, option and argument. */
import type { Candidates, CompletedCommand } from "./model";

const quoted = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;

/** `-r`: a value follows; `-f`: no files. */
function value(candidates: Candidates): string {
    if (candidates === "none") return " -x";
    if (candidates === "files") return " -r -F";
    if (candidates === "folders") return " -x -a '(__fish_complete_directories)'";
    return ` -x -a ${quoted(candidates.words.join(" "))}`;
}

function argument(candidates: Candidates): string {
    if (candidates === "files") return " -F";
    if (candidates === "folders") return " -f -a '(__fish_complete_directories)'";
    return candidates === "none" ? "" : ` -f -a ${quoted(candidates.words.join(" "))}`;
}

function linesOf({ names, options, arguments: places }: CompletedCommand): string[] {
    const seen = `complete -c gatehouse -n ${quoted(`__fish_seen_subcommand_from ${names.join(" ")}`)}`;
    return [
        ...options.map(({ flags, description, value: taken }) => {
            const spelt = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(" ");
            return `${seen} ${spelt}${taken === undefined ? "" : value(taken)} -d ${quoted(description)}`;
        }),
        ...new Set(
            places
                .map(argument)
                .filter((one) => one !== "")
                .map((one) => `${seen}${one}`),
        ),
    ];
}

export function fishCompletion(commands: readonly CompletedCommand[]): string {
    const names = commands.flatMap((one) => one.names);
    const first = `complete -c gatehouse -n ${quoted(`not __fish_seen_subcommand_from ${names.join(" ")}`)}`;
    return `# Completion of gatehouse for fish. Load it with: gatehouse completion fish | source
complete -c gatehouse -f
${commands.flatMap((one) => one.names.map((name) => `${first} -a ${name} -d ${quoted(one.description)}`)).join("\n")}
${commands.flatMap(linesOf).join("\n")}`;
}
