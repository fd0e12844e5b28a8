package org.machbed.client.channel;

import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Set;

/** A view of a set from which one may remove, and to which one may not add: a selector's selected keys. */
final class UngrowableSet<E> extends AbstractSet<E> {
    private final Set<E> elements;

    UngrowableSet(Set<E> elements) {
        this.elements = elements;
    }

    @Override
    public Iterator<E> iterator() {
        return elements.iterator();
    }

    @Override
    public int size() {
        return elements.size();
    }

    @Override
    public boolean contains(Object element) {
        return elements.contains(element);
    }

    @Override
    public boolean remove(Object element) {
        return elements.remove(element);
    }

    @Override
    public void clear() {
        elements.clear();
    }
}
