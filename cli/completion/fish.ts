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

/** A condition of fish: one of these words stands in the line. */
const seen = (names: readonly string[]): string => `__fish_seen_subcommand_from ${names.join(" ")}`;

/** `above`: the conditions of what it stands below. */
function linesOf({ names, options, arguments: places, commands }: CompletedCommand, above: readonly string[]): string[] {
    const own = [...above, seen(names)];
    const where = `complete -c gatehouse -n ${quoted(own.join("; and "))}`;
    return [
        ...options.map(({ flags, description, value: taken }) => {
            const spelt = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(" ");
            return `${where} ${spelt}${taken === undefined ? "" : value(taken)} -d ${quoted(description)}`;
        }),
        ...new Set(
            places
                .map(argument)
                .filter((one) => one !== "")
                .map((one) => `${where}${one}`),
        ),
        ...choiceOf(commands, own, (one) => one.names.slice(0, 1)),
        ...commands.flatMap((one) => linesOf(one, own)),
    ];
}

/** The commands that may stand next, where none of them stands yet. */
function choiceOf(
    commands: readonly CompletedCommand[],
    above: readonly string[],
    namesOf: (one: CompletedCommand) => readonly string[],
): string[] {
    const none = [...above, `not ${seen(commands.flatMap((one) => one.names))}`].join("; and ");
    return commands.flatMap((one) =>
        namesOf(one).map((name) => `complete -c gatehouse -n ${quoted(none)} -a ${name} -d ${quoted(one.description)}`),
    );
}

export function fishCompletion(commands: readonly CompletedCommand[]): string {
    return `# Completion of gatehouse for fish. Load it with: gatehouse completion fish | source
complete -c gatehouse -f
${choiceOf(commands, [], (one) => one.names).join("\n")}
${commands.flatMap((one) => linesOf(one, [])).join("\n")}`;
}
