package org.machbed.ipc.trial;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.ChildJvm;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.process.ProcessLifecycle;

import static org.assertj.core.api.Assertions.assertThat;

/** The commands of a real process. */
@Timeout(60)
class RoleCommandsTest {
    /** A process whose roles say when they are opened and closed; one opens just after the process has closed its commands. */
    static final class Actor {
        public static void main(String[] arguments) {
            ProcessLifecycle.run("actor", lifecycle -> {
                RoleCommands[] commands = new RoleCommands[1];
                commands[0] = new RoleCommands(new RoleOpener() {
                    @Override
                    public Role serve(CommandArguments words) throws IOException {
                        commands[0].close();
                        return role("late");
                    }

                    @Override
                    public Role connect(CommandArguments words) {
                        return role(words.required("name"));
                    }
                });
                try (RoleCommands open = commands[0]) {
                    open.register(lifecycle);
                    lifecycle.ready();
                    lifecycle.awaitStop();
                }
            });
        }

        private static Role role(String name) {
            System.err.println("opened " + name);
            return new Role() {
                @Override
                public Json trial(long operations) {
                    return Json.object().put("operations", operations);
                }

                @Override
                public void close() {
                    System.err.println("closed " + name);
                }
            };
        }
    }

    private static ChildJvm start() throws Exception {
        ChildJvm child = ChildJvm.start(Actor.class);
        assertThat(child.line()).as(child.errors()).contains("READY");
        return child;
    }

    @Test
    void openingARoleClosesTheOneBefore() throws Exception {
        try (ChildJvm child = start()) {
            child.write("trial operations=1");
            assertThat(child.line().orElseThrow()).startsWith("FAILED").contains("nothing is open");
            child.write("connect name=one");
            assertThat(child.line()).contains("CONNECTED {}");
            child.write("connect name=two");
            assertThat(child.line()).contains("CONNECTED {}");
            child.write("trial operations=3");
            assertThat(child.line()).contains("DONE {\"operations\":3}");
            child.closeInput();
            assertThat(child.exitCode()).isZero();
            assertThat(child.errors()).containsSubsequence("opened one", "closed one", "opened two", "closed two");
        }
    }

    @Test
    void rolesWithNamesAreOpenTogether() throws Exception {
        try (ChildJvm child = start()) {
            child.write("connect role=left name=one");
            assertThat(child.line()).contains("CONNECTED {}");
            child.write("connect role=right name=two");
            assertThat(child.line()).contains("CONNECTED {}");
            child.write("trial role=left operations=3");
            assertThat(child.line()).contains("DONE {\"operations\":3}");
            child.write("stop role=left");
            assertThat(child.line()).contains("STOPPED {}");
            child.write("trial role=left operations=3");
            assertThat(child.line().orElseThrow()).startsWith("FAILED").contains("nothing is open as left");
            child.write("trial role=right operations=4");
            assertThat(child.line()).contains("DONE {\"operations\":4}");
            child.closeInput();
            assertThat(child.exitCode()).isZero();
            assertThat(child.errors()).containsSubsequence("opened one", "opened two", "closed one", "closed two");
        }
    }

    @Test
    void thereAreAsManyRolesAsThereMayBe() throws Exception {
        try (ChildJvm child = start()) {
            for (int role = 0; role < RoleCommands.MAX_ROLES; role++) {
                child.write("connect role=" + role + " name=" + role);
                assertThat(child.line()).contains("CONNECTED {}");
            }
            child.write("connect role=more name=more");
            assertThat(child.line().orElseThrow()).startsWith("FAILED").contains("as many as there may be");
            child.write("connect role=0 name=again");
            assertThat(child.line()).contains("CONNECTED {}");
        }
    }

    @Test
    void aRoleThatOpensWhileTheProcessStopsIsClosedAgain() throws Exception {
        try (ChildJvm child = start()) {
            child.write("serve name=late");
            assertThat(child.line().orElseThrow()).startsWith("FAILED").contains("the process stops");
            assertThat(child.errors()).containsSubsequence("opened late", "closed late");
        }
    }
}
