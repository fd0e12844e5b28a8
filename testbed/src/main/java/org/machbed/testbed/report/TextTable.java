package org.machbed.testbed.report;

import java.util.ArrayList;
import java.util.List;

/** Columns as wide as they need to be; the first ones to the left, numbers to the right. */
public final class TextTable {
    private final int leftColumns;
    private final List<List<String>> lines = new ArrayList<>();

    /**
     * A table.
     *
     * @param leftColumns how many columns hold text
     */
    public TextTable(int leftColumns) {
        this.leftColumns = leftColumns;
    }

    public TextTable line(Object... cells) {
        var line = new ArrayList<String>();
        for (Object cell : cells) {
            line.add(String.valueOf(cell));
        }
        lines.add(line);
        return this;
    }

    @Override
    public String toString() {
        var widths = new ArrayList<Integer>();
        for (List<String> line : lines) {
            for (int column = 0; column < line.size(); column++) {
                int width = line.get(column).length();
                if (column == widths.size()) {
                    widths.add(width);
                } else {
                    widths.set(column, Math.max(widths.get(column), width));
                }
            }
        }
        var text = new StringBuilder();
        for (List<String> line : lines) {
            var one = new StringBuilder("  ");
            for (int column = 0; column < line.size(); column++) {
                String cell = line.get(column);
                String padding = " ".repeat(widths.get(column) - cell.length());
                one.append(column < leftColumns ? cell + padding : padding + cell)
                        .append("  ");
            }
            text.append(one.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
