package org.machbed.testbed;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * The arrows between modules: testbed -> processes -> link -> (ipc, netstack) -> proto, and netstack on nothing that does I/O,
 * starts a thread or reads a clock.
 */
@AnalyzeClasses(packages = "org.machbed", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] PROCESSES = {
        "org.machbed.kernel..", "org.machbed.server..", "org.machbed.connection..", "org.machbed.client.."
    };

    @ArchTest
    static final ArchRule netstackDependsOnNothingOfOursAndLittleElse = classes()
            .that()
            .resideInAPackage("org.machbed.netstack..")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "org.machbed.netstack..",
                            "java.lang..",
                            "java.util..",
                            "java.nio..",
                            "java.io..",
                            "org.jspecify..")
                    .or(not(resideInAnyPackage(
                            "java..", "javax..", "org.machbed..", "org.slf4j..", "io.grpc..", "net.openhft.."))));

    @ArchTest
    static final ArchRule netstackDoesNoInputOrOutputStartsNoThreadReadsNoClock = noClasses()
            .that()
            .resideInAPackage("org.machbed.netstack..")
            .should()
            .dependOnClassesThat()
            .haveNameMatching(
                    "java\\.nio\\.(channels|file)\\..*|java\\.net\\..*|java\\.io\\.(File|.*Stream|.*Reader|.*Writer)"
                            + "|java\\.time\\.Clock|java\\.lang\\.(Process|ProcessBuilder)|java\\.util\\.concurrent\\.(Executor.*|Thread.*)")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Thread.class, "start")
            .orShould()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Thread.class, "startVirtualThread", Runnable.class);

    @ArchTest
    static final ArchRule protoIsBelowEverything = noClasses()
            .that()
            .resideInAPackage("org.machbed.proto..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.machbed..").and(not(resideInAPackage("org.machbed.proto.."))));

    @ArchTest
    static final ArchRule ipcKnowsNoProtocolAndNoProcess = noClasses()
            .that()
            .resideInAPackage("org.machbed.ipc..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.machbed.netstack..",
                    "org.machbed.link..",
                    "org.machbed.kernel..",
                    "org.machbed.server..",
                    "org.machbed.connection..",
                    "org.machbed.client..",
                    "org.machbed.testbed..");

    @ArchTest
    static final ArchRule linkStandsOnIpcAndNetstackAlone = noClasses()
            .that()
            .resideInAPackage("org.machbed.link..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.machbed..")
                    .and(not(resideInAnyPackage("org.machbed.link..", "org.machbed.ipc..", "org.machbed.netstack.."))));

    @ArchTest
    static final ArchRule processesDoNotKnowTheTestbed = noClasses()
            .that()
            .resideInAnyPackage(PROCESSES)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.machbed.testbed..");

    /** Processes talk through ipc and proto; none is compiled against another. */
    @ArchTest
    static final ArchRule processesDoNotKnowEachOther = slices().matching(
                    "org.machbed.(kernel|server|connection|client)..")
            .should()
            .notDependOnEachOther()
            .allowEmptyShould(true);

    /** The launcher starts processes by name: it runs none of their code. */
    @ArchTest
    static final ArchRule theTestbedRunsNoProcessItself = noClasses()
            .that()
            .resideInAPackage("org.machbed.testbed..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(PROCESSES);

    @ArchTest
    static final ArchRule theTestbedIsInLayers =
            slices().matching("org.machbed.testbed.(*)..").should().beFreeOfCycles();
}
