package org.machbed.testbed.node.server;

import io.grpc.stub.ServerCallStreamObserver;
import org.machbed.proto.node.ProcessEvent;

/**
 * Sends the events of a process, from whichever thread has one. Who sends faster than the launcher takes them waits, so nothing
 * heaps up here and the process meets a full pipe, as under any other reader.
 */
final class EventSender {
    private final ServerCallStreamObserver<ProcessEvent> observer;
    private boolean over; // guarded by this

    EventSender(ServerCallStreamObserver<ProcessEvent> observer) {
        this.observer = observer;
        observer.setOnReadyHandler(this::wake);
    }

    private synchronized void wake() {
        notifyAll();
    }

    /** Has whoever sends, now or later, return at once: nobody listens any more. */
    synchronized void stop() {
        over = true;
        notifyAll();
    }

    synchronized void send(ProcessEvent event) throws InterruptedException {
        while (!over && !observer.isReady()) {
            wait();
        }
        if (!over) {
            observer.onNext(event);
        }
    }

    /** Sends the last event. */
    synchronized void finish(ProcessEvent last) throws InterruptedException {
        send(last);
        if (!over) {
            over = true;
            observer.onCompleted();
        }
    }

    synchronized void fail(Throwable reason) {
        if (!over) {
            over = true;
            observer.onError(reason);
        }
    }
}
