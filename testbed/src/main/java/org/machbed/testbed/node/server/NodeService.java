package org.machbed.testbed.node.server;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.proto.node.DescribeRequest;
import org.machbed.proto.node.Done;
import org.machbed.proto.node.HostRequest;
import org.machbed.proto.node.MachineReading;
import org.machbed.proto.node.MachineRequest;
import org.machbed.proto.node.MemoryReading;
import org.machbed.proto.node.MemoryRequest;
import org.machbed.proto.node.MeterReading;
import org.machbed.proto.node.MeterRequest;
import org.machbed.proto.node.NodeDescription;
import org.machbed.proto.node.NodesGrpc;
import org.machbed.proto.node.OpenRunRequest;
import org.machbed.proto.node.ProcessEvent;
import org.machbed.proto.node.ProcessInput;
import org.machbed.proto.node.RunEvent;
import org.machbed.testbed.launch.FileFailure;
import org.machbed.testbed.machine.Machine;
import org.machbed.testbed.machine.ProcFs;
import org.machbed.testbed.node.NodeRole;

/** What a node answers to launchers. Each call has a virtual thread, so it may wait. */
final class NodeService extends NodesGrpc.NodesImplBase {
    private final NodeOptions options;
    private final NodeDescription description;
    private final NodeMemory memory;
    private final NodeRuns runs;
    private final NodeProcesses processes;

    NodeService(
            NodeOptions options,
            NodeDescription description,
            NodeMemory memory,
            NodeRuns runs,
            NodeProcesses processes) {
        this.options = options;
        this.description = description;
        this.memory = memory;
        this.runs = runs;
        this.processes = processes;
    }

    @FunctionalInterface
    private interface Answer<T> {
        T make() throws IOException;
    }

    private <T> void answer(StreamObserver<T> observer, Answer<T> answer) {
        T made;
        try {
            made = answer.make();
        } catch (IOException e) {
            observer.onError(failed(e));
            return;
        } catch (StatusRuntimeException e) {
            observer.onError(e);
            return;
        }
        observer.onNext(made);
        observer.onCompleted();
    }

    private StatusRuntimeException failed(IOException e) {
        return Status.ABORTED
                .withDescription(options.name() + ": " + FileFailure.reason(e, memory.root()))
                .asRuntimeException();
    }

    @Override
    public void describe(DescribeRequest request, StreamObserver<NodeDescription> observer) {
        answer(
                observer,
                () -> description.toBuilder()
                        .setFreeMemoryBytes(
                                java.nio.file.Files.getFileStore(memory.root()).getUsableSpace())
                        .build());
    }

    @Override
    public void openRun(OpenRunRequest request, StreamObserver<RunEvent> observer) {
        try {
            runs.open(request, (ServerCallStreamObserver<RunEvent>) observer);
        } catch (IOException e) {
            observer.onError(failed(e));
        } catch (StatusRuntimeException e) {
            observer.onError(e);
        }
    }

    @Override
    public void closeRun(HostRequest request, StreamObserver<Done> observer) {
        answer(observer, () -> {
            runs.end(request.getRun());
            return Done.getDefaultInstance();
        });
    }

    @Override
    public void createHost(HostRequest request, StreamObserver<Done> observer) {
        answer(observer, () -> {
            checkRun(request.getRun());
            checkKernel();
            memory.createHost(request.getRun(), request.getRow());
            return Done.getDefaultInstance();
        });
    }

    @Override
    public void removeHost(HostRequest request, StreamObserver<Done> observer) {
        answer(observer, () -> {
            checkRun(request.getRun());
            checkKernel();
            memory.removeHost(request.getRun(), request.getRow());
            return Done.getDefaultInstance();
        });
    }

    @Override
    public void readMeter(MeterRequest request, StreamObserver<MeterReading> observer) {
        answer(observer, () -> {
            checkRun(request.getRun());
            if (!processes.has(request.getPid())) {
                throw Status.NOT_FOUND
                        .withDescription(options.name() + " has no process " + request.getPid())
                        .asRuntimeException();
            }
            HostDirectory host = HostDirectory.open(memory.host(request.getRun(), request.getRow()));
            ProcFs.Use use = ProcFs.useOf(request.getPid());
            var reading = MeterReading.newBuilder()
                    .setContextSwitches(use.contextSwitches())
                    .setCpuNanos(use.cpuNanos())
                    .setAllowedCpus(ProcFs.allowedCpus(request.getPid()));
            for (Map.Entry<Crossing, Long> entry :
                    Crossings.read(host.crossings(request.getName())).entrySet()) {
                reading.putCrossings(entry.getKey().label(), entry.getValue());
            }
            return reading.build();
        });
    }

    @Override
    public void readMachine(MachineRequest request, StreamObserver<MachineReading> observer) {
        answer(observer, () -> {
            ProcFs.CpuTicks ticks = ProcFs.ticksOf(options.cpu());
            return MachineReading.newBuilder()
                    .setCpuTicks(ticks.all())
                    .setStolenTicks(ticks.stolen())
                    .setThrottled(Machine.throttled())
                    .setFull(FileFailure.ifFull(memory.root()).orElse(""))
                    .build();
        });
    }

    @Override
    public void readMemory(MemoryRequest request, StreamObserver<MemoryReading> observer) {
        answer(observer, () -> {
            checkRun(request.getRun());
            checkKernel();
            return MemoryReading.newBuilder()
                    .putAllBytesByRow(memory.bytes(request.getRun(), request.getRowsList()))
                    .build();
        });
    }

    private void checkRun(String run) {
        if (!runs.isOn(run)) {
            throw Status.FAILED_PRECONDITION
                    .withDescription(options.name() + ": no run " + run + " is on")
                    .asRuntimeException();
        }
    }

    private void checkKernel() {
        if (options.role() != NodeRole.KERNEL_NODE) {
            throw Status.FAILED_PRECONDITION
                    .withDescription(options.name() + ": the kernel-node has the memory of its host")
                    .asRuntimeException();
        }
    }

    @Override
    public StreamObserver<ProcessInput> process(StreamObserver<ProcessEvent> observer) {
        return new ProcessCall(new EventSender((ServerCallStreamObserver<ProcessEvent>) observer));
    }

    /** One process and the launcher's inputs to it. */
    private final class ProcessCall implements StreamObserver<ProcessInput> {
        private final EventSender events;
        private volatile @Nullable NodeProcess process;
        private volatile boolean cancelled;

        ProcessCall(EventSender events) {
            this.events = events;
            // The context is told of a cancelled call at once, this observer only in its turn.
            Context.current().addListener(_ -> Thread.ofPlatform().daemon().start(this::abandon), Runnable::run);
        }

        private void abandon() {
            cancelled = true;
            events.stop();
            NodeProcess started = process;
            if (started != null) {
                started.abandon();
            }
        }

        @Override
        public void onNext(ProcessInput input) {
            NodeProcess started = process;
            if (input.hasStart()) {
                start(input);
            } else if (started == null) {
                events.fail(Status.INVALID_ARGUMENT
                        .withDescription("a process must be started first")
                        .asRuntimeException());
            } else if (input.hasLine()) {
                started.write(input.getLine());
            } else if (input.hasKill()) {
                started.kill();
            }
        }

        private void start(ProcessInput input) {
            try {
                checkRun(input.getStart().getRun());
                if (process != null) {
                    throw Status.INVALID_ARGUMENT
                            .withDescription("the process has been started")
                            .asRuntimeException();
                }
                process = processes.start(input.getStart(), events);
            } catch (IOException e) {
                events.fail(failed(e));
            } catch (StatusRuntimeException e) {
                events.fail(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (cancelled) {
                abandon();
            }
        }

        @Override
        public void onError(Throwable reason) {
            abandon();
        }

        @Override
        public void onCompleted() {
            NodeProcess started = process;
            if (started == null) {
                events.fail(Status.INVALID_ARGUMENT
                        .withDescription("no process was started")
                        .asRuntimeException());
            } else {
                started.closeInput();
            }
        }
    }
}
