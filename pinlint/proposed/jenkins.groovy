pipeline {
    agent any
    environment {
        PINLINT_SOURCE = '@SOURCE@'
        PINLINT_COMMIT = '@COMMIT@'
    }
    stages {
        stage('pinlint') {
            steps {
                sh '''#!/usr/bin/env bash
                    set -euo pipefail
                    pinlint=$(mktemp -d) && git init --quiet "$pinlint"
                    git -C "$pinlint" fetch --quiet --depth=1 "$PINLINT_SOURCE" "$PINLINT_COMMIT"
                    git -C "$pinlint" checkout --quiet --detach FETCH_HEAD
                    "$pinlint/.ci/judge" junit pinlint.xml
                '''
            }
            post {
                always {
                    junit testResults: 'pinlint.xml', allowEmptyResults: true, skipMarkingBuildUnstable: true
                }
            }
        }
    }
}
