package org.machbed.docker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The {@code docker} program, and the condition that an engine with Compose answers it and has the image. Where none does, tests are
 * skipped; with {@code MACHBED_REQUIRE_DOCKER=true} in the environment that is a failure.
 */
final class Engine implements ExecutionCondition {
    static final String IMAGE =
            Optional.ofNullable(System.getenv("MACHBED_IMAGE")).orElse("machbed:latest");

    private static final boolean REQUIRED = Boolean.parseBoolean(System.getenv("MACHBED_REQUIRE_DOCKER"));
    private static final long QUESTION_LIMIT_SECONDS = 60;

    /** What a program that has ended said, on both of its outputs, and its exit code. */
    record Said(int code, String text) {}

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Optional<String> missing = Missing.WHAT;
        if (missing.isEmpty()) {
            return ConditionEvaluationResult.enabled("an engine answers");
        }
        if (REQUIRED) {
            throw new IllegalStateException("MACHBED_REQUIRE_DOCKER is true, but " + missing.get());
        }
        return ConditionEvaluationResult.disabled(missing.get());
    }

    /** Asked once. */
    private static final class Missing {
        static final Optional<String> WHAT = find();

        private static Optional<String> find() {
            try {
                Said engine = run("version", "--format", "{{.Server.Version}}");
                if (engine.code() != 0) {
                    return Optional.of(
                            "no Docker engine answers: " + engine.text().strip());
                }
                if (run("compose", "version").code() != 0) {
                    return Optional.of("Docker has no Compose; docs/containers.md says how to install it");
                }
                return run("image", "inspect", IMAGE).code() == 0
                        ? Optional.empty()
                        : Optional.of("there is no image " + IMAGE
                                + "; build it first: docker compose -f docker/compose.yaml build");
            } catch (IOException e) {
                return Optional.of("there is no program docker: " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.of("interrupted");
            }
        }
    }

    /** A command line of {@code docker}. */
    static List<String> command(List<String> words) {
        var command = new ArrayList<>(List.of("docker"));
        command.addAll(words);
        return command;
    }

    static Said run(String... words) throws IOException, InterruptedException {
        return run(QUESTION_LIMIT_SECONDS, command(List.of(words)));
    }

    /** What {@code docker} says, without blanks around it; an error of it is one of the test. */
    static String ask(String... words) throws IOException, InterruptedException {
        Said said = run(words);
        assertThat(said.code()).as(said.text()).isZero();
        return said.text().strip();
    }

    /** Runs a program to its end, which must come within a limit. */
    static Said run(long limitSeconds, List<String> command) throws IOException, InterruptedException {
        Path said = Files.createTempFile("machbed-docker-", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                process.destroy();
                throw new IOException(String.join(" ", command) + " has not ended within " + limitSeconds
                        + " s, and said: " + Files.readString(said, StandardCharsets.UTF_8));
            }
            return new Said(process.exitValue(), Files.readString(said, StandardCharsets.UTF_8));
        } finally {
            Files.delete(said);
        }
    }
}
