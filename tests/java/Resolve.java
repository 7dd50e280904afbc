package com.shop;

import org.apache.maven.plugin.AbstractMojo;

/** A goal that does nothing: Maven resolves the dependencies of a project before it runs it. */
public class Resolve extends AbstractMojo {
    @Override
    public void execute() {}
}
