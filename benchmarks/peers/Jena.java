import java.io.OutputStream;
import java.nio.file.*;
import java.util.*;
import java.util.stream.*;
import org.apache.jena.graph.*;
import org.apache.jena.query.*;
import org.apache.jena.rdf.model.*;
import org.apache.jena.rdfs.RDFSFactory;
import org.apache.jena.reasoner.ReasonerRegistry;
import org.apache.jena.riot.*;
import org.apache.jena.riot.system.*;
import org.apache.jena.shacl.*;
import org.apache.jena.sparql.core.*;
import org.apache.jena.sparql.graph.GraphFactory;
import org.apache.jena.sys.JenaSystem;

/**
 * What a build does, with Apache Jena in one warm process: parse, validate, infer, validate again, write.
 *
 * <p>usage: Jena start | validate WORKSPACE [INFERRED.nt] | build WORKSPACE OUT | owl WORKSPACE. The last line is JSON.
 * Where Jena has a faster and a prettier way, the faster one is taken: RDFS while streaming, Turtle in blocks.
 */
public final class Jena {
    private static final String SH = "http://www.w3.org/ns/shacl#";
    private static final String ONTOLOGY = "https://w3id.org/geopol/ns";
    private static final Map<String, Double> STAGES = new LinkedHashMap<>();

    private static DatasetGraph dataset = DatasetGraphFactory.create();
    private static Graph data = GraphFactory.createDefaultGraph();
    private static Graph ontology = GraphFactory.createDefaultGraph();

    public static void main(String[] arguments) throws Exception {
        JenaSystem.init();
        if (arguments[0].equals("start")) {
            System.out.println("{}");
            return;
        }
        Path root = Path.of(arguments[1]);
        timed("parse", () -> parse(root));
        Graph inferred = GraphFactory.createDefaultGraph();
        Set<String> findings = new TreeSet<>();
        switch (arguments[0]) {
            case "validate" -> {
                timed("validate", () -> findings.addAll(validate(root, "asserted", inferred)));
                if (arguments.length > 2) {
                    timed("parse the inferred", () -> RDFDataMgr.read(inferred, arguments[2]));
                    timed("validate again", () -> findings.addAll(validate(root, "derived", inferred)));
                }
            }
            case "build" -> {
                timed("validate", () -> findings.addAll(validate(root, "asserted", inferred)));
                timed("infer", () -> infer(root, inferred));
                timed("validate again", () -> findings.addAll(validate(root, "derived", inferred)));
                timed("write", () -> write(Path.of(arguments[2]), inferred));
            }
            default -> timed("infer", () -> owl(inferred));
        }
        String told = findings.stream().map(f -> "\"" + f + "\"").collect(Collectors.joining(","));
        String stages = STAGES.entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "\"%s\": %.4f", e.getKey(), e.getValue())).collect(Collectors.joining(", "));
        System.out.printf("{\"stages\": {%s}, \"asserted\": %d, \"inferred\": %d, \"findings\": [%s]}%n",
            stages, data.size(), inferred.size(), told);
    }

    private interface Step { void run() throws Exception; }

    private static void timed(String name, Step step) throws Exception {
        long start = System.nanoTime();
        step.run();
        STAGES.put(name, (System.nanoTime() - start) / 1e9);
    }

    private static List<Path> files(Path folder, int depth) throws Exception {
        if (!Files.isDirectory(folder)) return List.of();
        try (Stream<Path> found = Files.walk(folder, depth)) {
            return found.filter(p -> p.toString().endsWith(".ttl")).sorted().toList();
        }
    }

    private static void parse(Path root) throws Exception {
        for (Path path : files(root.resolve("ontology"), 1)) RDFDataMgr.read(ontology, path.toUri().toString(), Lang.TURTLE);
        for (Path path : files(root.resolve("data"), 9)) {
            Node name = NodeFactory.createURI(path.toUri().toString());
            RDFParser.source(path).lang(Lang.TURTLE).parse(new StreamRDFBase() {
                @Override public void triple(Triple triple) {
                    data.add(triple);
                    dataset.add(Quad.create(name, triple));
                }
            });
        }
    }

    private static Set<String> validate(Path root, String stage, Graph inferred) throws Exception {
        Graph shapes = GraphFactory.createDefaultGraph();
        List<Path> parts = new ArrayList<>(files(root.resolve("ontology/shapes"), 1));
        parts.addAll(files(root.resolve("ontology/shapes").resolve(stage), 1));
        for (Path path : parts) RDFDataMgr.read(shapes, path.toUri().toString(), Lang.TURTLE);
        Graph all = GraphFactory.createDefaultGraph();
        for (Graph part : List.of(data, ontology, inferred)) part.find().forEachRemaining(all::add);
        return findings(ShaclValidator.get().validate(Shapes.parse(shapes), all).getModel());
    }

    static Set<String> findings(Model report) {
        Set<String> found = new TreeSet<>();
        Property focus = report.createProperty(SH, "focusNode"), value = report.createProperty(SH, "value");
        Property component = report.createProperty(SH, "sourceConstraintComponent");
        for (Statement s : report.listStatements(null, report.createProperty(SH, "result"), (RDFNode) null).toList()) {
            Resource result = s.getResource();
            RDFNode node = result.getProperty(focus).getObject();
            // A query over the whole names the culprit as the value.
            if (node.toString().equals(ONTOLOGY) && result.hasProperty(value)) node = result.getProperty(value).getObject();
            found.add(node + " " + result.getProperty(component).getObject());
        }
        return found;
    }

    /** RDFS in a stream, symmetric properties, and the CONSTRUCT rules, until nothing new follows. */
    private static void infer(Path root, Graph inferred) throws Exception {
        List<Query> rules = new ArrayList<>();
        for (Path path : Files.list(root.resolve("ontology/rules")).sorted().toList()) rules.add(QueryFactory.read(path.toString()));
        List<Node> symmetric = ontology.find(Node.ANY, NodeFactory.createURI("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
            NodeFactory.createURI("http://www.w3.org/2002/07/owl#SymmetricProperty")).mapWith(Triple::getSubject).toList();
        Set<Node> things = new HashSet<>();
        data.find().forEachRemaining(t -> things.add(t.getSubject()));
        Graph known = GraphFactory.createDefaultGraph();
        Collection<Triple> fresh = data.find().toList();
        while (!fresh.isEmpty()) {
            List<Triple> next = new ArrayList<>();
            StreamRDF reasoner = RDFSFactory.streamRDFS(new StreamRDFBase() {
                @Override public void triple(Triple t) {
                    if (known.contains(t)) return;
                    known.add(t);
                    if (symmetric.contains(t.getPredicate())) next.add(Triple.create(t.getObject(), t.getPredicate(), t.getSubject()));
                }
            }, ontology);
            reasoner.start();
            fresh.forEach(reasoner::triple);
            reasoner.finish();
            Model model = ModelFactory.createModelForGraph(known);
            for (Query rule : rules) {
                try (QueryExecution run = QueryExecutionFactory.create(rule, model)) {
                    run.execConstructTriples().forEachRemaining(next::add);
                }
            }
            fresh = next.stream().filter(t -> !known.contains(t)).collect(Collectors.toSet());
        }
        known.find().filterKeep(t -> things.contains(t.getSubject()) && !data.contains(t)).forEachRemaining(inferred::add);
    }

    /** Jena's own OWL rules (the micro set), without the CONSTRUCT rules. */
    private static void owl(Graph inferred) {
        InfModel closed = ModelFactory.createInfModel(
            ReasonerRegistry.getOWLMicroReasoner().bindSchema(ontology), ModelFactory.createModelForGraph(data));
        Set<Node> things = new HashSet<>();
        data.find().forEachRemaining(t -> things.add(t.getSubject()));
        closed.getGraph().find().filterKeep(t -> things.contains(t.getSubject()) && !data.contains(t)).forEachRemaining(inferred::add);
    }

    private static void write(Path folder, Graph inferred) throws Exception {
        Files.createDirectories(folder);
        Node name = NodeFactory.createURI("urn:inferred");
        DatasetGraph derived = DatasetGraphFactory.create(), all = DatasetGraphFactory.create();
        inferred.find().forEachRemaining(t -> derived.add(Quad.create(name, t)));
        dataset.find().forEachRemaining(all::add);
        derived.find().forEachRemaining(all::add);
        ontology.find().forEachRemaining(t -> all.add(Quad.create(NodeFactory.createURI("urn:ontology"), t)));
        for (var part : Map.of("asserted", dataset, "inferred", derived, "all", all).entrySet()) {
            Graph union = GraphFactory.createDefaultGraph();
            part.getValue().find().forEachRemaining(q -> union.add(q.asTriple()));
            for (var form : Map.of("ttl", RDFFormat.TURTLE_BLOCKS, "nt", RDFFormat.NTRIPLES, "rdf", RDFFormat.RDFXML_PLAIN, "jsonld", RDFFormat.JSONLD_PLAIN).entrySet())
                try (OutputStream out = new java.io.BufferedOutputStream(Files.newOutputStream(folder.resolve(part.getKey() + "." + form.getKey())))) {
                    RDFDataMgr.write(out, union, form.getValue());
                }
            for (var form : Map.of("trig", RDFFormat.TRIG_BLOCKS, "nq", RDFFormat.NQUADS).entrySet())
                try (OutputStream out = new java.io.BufferedOutputStream(Files.newOutputStream(folder.resolve(part.getKey() + "." + form.getKey())))) {
                    RDFDataMgr.write(out, part.getValue(), form.getValue());
                }
        }
    }
}
