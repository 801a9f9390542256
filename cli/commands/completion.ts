/** `gatehouse completion`: what a shell needs to complete the commands, made from the commands themselves. */
import { Argument, Command } from "commander";
import { bashCompletion, completedCommands, fishCompletion, zshCompletion } from "../completion";
import { EXIT } from "../exit";
import { processTerminal } from "../terminal";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export function completionCommand(done: (code: number) => void): Command {
    return new Command("completion")
        .description("print what a shell needs to complete this command")
        .addArgument(new Argument("<shell>", "which one").choices(Object.keys(SHELLS)))
        .addHelpText(
            "after",
            `
Examples:
  source <(gatehouse completion bash)               in ~/.bashrc
  source <(gatehouse completion zsh)                in ~/.zshrc, after compinit
  gatehouse completion fish | source                in ~/.config/fish/config.fish`,
        )
        .action((shell: keyof typeof SHELLS, _options: object, command: Command) => {
            processTerminal().print(SHELLS[shell](completedCommands(command.parent!)));
            done(EXIT.ok);
        });
}
