package org.machbed.ipc.process;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Command lines of the form {@code --key=value} as records: one key for each component, its name in kebab case
 * ({@code hostDirectory} is {@code --host-directory}). Every key must be given unless its component is an
 * {@link Optional} or has a {@link DefaultValue}.
 *
 * <p>Types: String, int, long, double, boolean, Path, enums (their constants in kebab case), Optional of those, and any
 * class with a public static {@code parse(String)}, whose IllegalArgumentException refuses a value.
 */
public final class Arguments {
    private Arguments() {}

    /**
     * Reads {@code arguments} into a record.
     *
     * @throws UsageException for an unknown, repeated, missing or malformed key, naming it
     */
    public static <R extends Record> R parse(String[] arguments, Class<R> type) {
        Map<String, String> given = new LinkedHashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (!argument.startsWith("--") || equals < 0) {
                throw new UsageException(
                        "argument \"" + argument + "\" is not of the form --key=value; the keys are " + keys(type));
            }
            String key = argument.substring(2, equals);
            if (given.put(key, argument.substring(equals + 1)) != null) {
                throw new UsageException("--" + key + " is given twice");
            }
        }
        return parse(given, type);
    }

    /** The same for keys, without dashes, and values that are already apart. */
    public static <R extends Record> R parse(Map<String, String> given, Class<R> type) {
        Map<String, String> left = new LinkedHashMap<>(given);
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = value(components[i], left.remove(kebab(components[i].getName())));
        }
        if (!left.isEmpty()) {
            throw new UsageException(
                    "there is no key --" + left.keySet().iterator().next() + "; the keys are " + keys(type));
        }
        try {
            var constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                throw new UsageException(String.valueOf(refused.getMessage()));
            }
            throw new IllegalStateException("constructing " + type.getName() + " failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getName() + " cannot be constructed", e);
        }
    }

    /** The keys of a record, for a message. */
    static String keys(Class<? extends Record> type) {
        StringJoiner keys = new StringJoiner(", ");
        for (RecordComponent component : type.getRecordComponents()) {
            keys.add("--" + kebab(component.getName()));
        }
        return keys.toString();
    }

    private static Object value(RecordComponent component, @Nullable String text) {
        String key = kebab(component.getName());
        DefaultValue byDefault = component.getAnnotation(DefaultValue.class);
        if (component.getType() == Optional.class) {
            Type inner = ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
            return text == null ? Optional.empty() : Optional.of(convert(key, text, (Class<?>) inner));
        }
        if (text == null && byDefault == null) {
            throw new UsageException("--" + key + " is missing");
        }
        return convert(key, text == null ? byDefault.value() : text, component.getType());
    }

    private static Object convert(String key, String text, Class<?> type) {
        try {
            if (type == String.class) {
                return text;
            } else if (type == int.class || type == Integer.class) {
                return Integer.valueOf(text);
            } else if (type == long.class || type == Long.class) {
                return Long.valueOf(text);
            } else if (type == double.class || type == Double.class) {
                return Double.valueOf(text);
            } else if (type == boolean.class || type == Boolean.class) {
                return bool(key, text);
            } else if (type == Path.class) {
                return Path.of(text);
            } else if (type.isEnum()) {
                return constant(key, text, type);
            }
            return parsed(key, text, type);
        } catch (NumberFormatException e) {
            throw new UsageException("--" + key + " is \"" + text + "\", which is no " + numberName(type));
        } catch (InvalidPathException e) {
            throw new UsageException("--" + key + " is \"" + text + "\", which is no path: " + e.getReason());
        }
    }

    private static String numberName(Class<?> type) {
        if (type == double.class || type == Double.class) {
            return "number";
        }
        return type == int.class || type == Integer.class ? "whole number of 32 bits" : "whole number of 64 bits";
    }

    private static Boolean bool(String key, String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new UsageException("--" + key + " is \"" + text + "\", which is neither true nor false");
        };
    }

    private static Object constant(String key, String text, Class<?> type) {
        StringJoiner names = new StringJoiner(", ");
        for (Object constant : type.getEnumConstants()) {
            String name = ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (name.equals(text)) {
                return constant;
            }
            names.add(name);
        }
        throw new UsageException("--" + key + " is \"" + text + "\", which is none of " + names);
    }

    private static Object parsed(String key, String text, Class<?> type) {
        try {
            Method parse = type.getMethod("parse", String.class);
            if (!Modifier.isStatic(parse.getModifiers())) {
                throw new IllegalStateException(type.getName() + ".parse is not static");
            }
            return parse.invoke(null, text);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                throw new UsageException("--" + key + " is \"" + text + "\": " + refused.getMessage());
            }
            throw new IllegalStateException(type.getName() + ".parse failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no way to read a " + type.getName() + " from --" + key, e);
        }
    }

    /** {@code hostDirectory} as {@code host-directory}. */
    private static String kebab(String name) {
        StringBuilder kebab = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (Character.isUpperCase(c)) {
                kebab.append('-');
            }
            kebab.append(Character.toLowerCase(c));
        }
        return kebab.toString();
    }
}
